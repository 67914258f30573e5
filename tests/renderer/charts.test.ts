import { describe, expect, it } from 'vitest';
import {
  extent,
  nearest,
  pathData,
  place,
  smoothed,
  thinned,
  ticks,
  valueAt,
} from '../../src-renderer/charts/geometry.ts';
import {
  formatBytes,
  formatCount,
  formatLoss,
  formatNumber,
} from '../../src-renderer/ui/format.ts';
import type { Scale } from '../../src-renderer/charts/geometry.ts';

const same: Scale = { domain: [0, 100], range: [0, 100] };

describe('scales', () => {
  it('place a value and give it back', () => {
    const scale: Scale = { domain: [2, 4], range: [300, 100] };
    expect([2, 3, 4].map((value) => place(scale, value))).toEqual([300, 200, 100]);
    expect(valueAt(scale, 200)).toBe(3);
    expect(place({ domain: [5, 5], range: [0, 10] }, 5)).toBe(5);
  });

  it('span the finite values', () => {
    expect(extent([[3, NaN, 1], [], [Infinity, 7]])).toEqual([1, 7]);
    expect(extent([[NaN], []])).toBeUndefined();
  });

  it('have round ticks inside the domain', () => {
    expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
    expect(ticks(0.03, 0.32, 3)).toEqual([0.1, 0.2, 0.3]);
    expect(ticks(-1, 1, 4)).toEqual([-1, -0.5, 0, 0.5, 1]);
    expect(ticks(4, 4, 5)).toEqual([4]);
  });
});

describe('paths', () => {
  it('break where a value is missing, and a lone value is a dot', () => {
    expect(pathData(thinned([0, 10, 20, 30], [1, 2, NaN, 4.06], same, same))).toBe(
      'M0 1L10 2M30 4.1L30 4.1',
    );
    expect(pathData([])).toBe('');
  });

  it('keep a peak one step wide in a long run, in the order of steps', () => {
    const xs = Array.from({ length: 100_000 }, (_, i) => i / 1000);
    const ys = xs.map((_, i) => (i === 54_321 ? 99 : 10));
    const [points = []] = thinned(xs, ys, same, same);
    expect(points.length).toBeLessThanOrEqual(400);
    expect(points).toContainEqual({ x: 54.321, y: 99 });
    expect(points.every(({ x }, i) => i === 0 || x > (points[i - 1]?.x ?? Infinity))).toBe(true);
    expect(points.at(-1)?.x).toBe(99.999);
  });
});

describe('reading a curve', () => {
  it('finds the nearest step', () => {
    const xs = [1, 2, 5, 9];
    expect([-4, 1, 3, 3.6, 7, 8, 50].map((x) => nearest(xs, x))).toEqual([0, 0, 1, 2, 2, 3, 3]);
    expect(nearest([], 3)).toBe(-1);
  });

  it('averages without the bias of the start', () => {
    expect(smoothed([4, 4, 4], 0.9).map((y) => Number(y.toFixed(12)))).toEqual([4, 4, 4]);
    // m1 = 1, m2 = (0.5 * 0.5 * 1 + 0.5 * 4) / 0.75 = 3
    expect(smoothed([1, NaN, 4], 0.5)).toEqual([1, NaN, 3]);
    expect(smoothed([1, 5], 0)).toEqual([1, 5]);
  });
});

describe('numbers', () => {
  it('are short and have units', () => {
    expect([10.8346, 0.41253, 0.0062, 0].map(formatLoss)).toEqual([
      '10.83',
      '0.413',
      '0.0062',
      '0.00',
    ]);
    expect([0, 2e-5, 0.0014, 4.5906, 1230.4].map(formatNumber)).toEqual([
      '0',
      '2e-5',
      '0.0014',
      '4.59',
      '1,230',
    ]);
    expect(formatCount(1234567)).toBe('1,234,567');
    expect([512, 149040128, 7.73e9, 2 ** 44].map(formatBytes)).toEqual([
      '512 B',
      '142 MB',
      '7.2 GB',
      '16 TB',
    ]);
  });
});
