import { expect, test } from 'vitest';
import { evenness, slope } from '../../src-main/app/bench/growth.ts';
import { weightBytes } from '../../src-main/app/bench/workload.ts';

test('a power law has its exponent as slope, whatever its factor', () => {
  const sizes = [1, 3, 10];
  for (const exponent of [0, 0.5, 1, 2]) {
    const costs = sizes.map((size) => 7 * size ** exponent);
    expect(slope(sizes, costs)).toBeCloseTo(exponent, 12);
  }
});

test('a part that stays the same lowers the exponent', () => {
  const sizes = [1, 3, 10];
  const exponent = slope(
    sizes,
    sizes.map((size) => 10 + size),
  );
  expect(exponent).toBeGreaterThan(0.2);
  expect(exponent).toBeLessThan(0.35);
});

test('linear growth is even, beside whatever stays the same', () => {
  const costsOf = (of: (size: number) => number) => evenness([1, 3, 10], [1, 3, 10].map(of));
  expect(costsOf((size) => 1000 + size)).toBeCloseTo(1, 12);
  expect(costsOf((size) => 5 + size ** 2)).toBeCloseTo(13 / 4, 12);
});

test('weights in few bits leave the head in bf16; blocks of nf4 have a scale', () => {
  expect(weightBytes('f16')).toEqual({ layer: 2, head: 2 });
  expect(weightBytes('int8')).toEqual({ layer: 1, head: 2 });
  expect(weightBytes('nf4')).toEqual({ layer: 0.5 + 4 / 64, head: 2 });
});
