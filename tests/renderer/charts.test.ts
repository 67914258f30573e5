import { describe, expect, it } from 'vitest';
import { aligned, drawnOf, valueAt } from '../../src-renderer/charts/aligned.ts';
import type { Curve } from '../../src-renderer/charts/aligned.ts';
import { smoothed } from '../../src-renderer/charts/smoothed.ts';
import {
  formatBytes,
  formatCount,
  formatLoss,
  formatNumber,
} from '../../src-renderer/ui/format.ts';

const curve = (id: string, xs: number[], ys: number[], isDots = false): Curve => ({
  ...{ id, name: id, look: 0, xs, ys, isDots },
});

describe('curves with steps of their own', () => {
  it('share one list of steps; a gap is not a step that is missing', () => {
    const curves = [curve('a', [1, 2, 4], [5, NaN, 3]), curve('b', [2, 3], [7, 8])];
    expect(aligned(drawnOf(curves, 0))).toEqual([
      [1, 2, 3, 4],
      [5, null, undefined, 3],
      [undefined, 7, 8, undefined],
    ]);
    expect(aligned([])).toEqual([[]]);
  });

  it('are drawn faintly behind their average; evaluations stay dots', () => {
    const curves = [curve('loss', [1, 2], [1, 5]), curve('held out', [2], [3], true)];
    const kinds = drawnOf(curves, 0.5).map(({ curve: { id }, kind }) => [id, kind]);
    expect(kinds).toEqual([
      ['loss', 'faint'],
      ['loss', 'line'],
      ['held out', 'dots'],
    ]);
    expect(drawnOf(curves, 0).map(({ kind }) => kind)).toEqual(['line', 'dots']);
  });

  it('say their value at the last step before the cursor', () => {
    const found = [0, 1, 3, 4, 9].map((x) => valueAt(curve('a', [1, 2, 4], [5, NaN, 3]), x));
    expect(found).toEqual([undefined, 5, undefined, 3, 3]);
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
