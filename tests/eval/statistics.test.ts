import { expect, test } from 'vitest';
import { pairedBootstrap, pairedMeans, wilsonInterval } from '../../src-main/eval/statistics.ts';

test('the Wilson interval is that of the tables, and never leaves 0 to 1', () => {
  // 81 of 263: Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.
  const { low, high } = wilsonInterval(81, 263) ?? { low: NaN, high: NaN };
  expect(low).toBeCloseTo(0.2553, 4);
  expect(high).toBeCloseTo(0.3662, 4);
  expect(wilsonInterval(0, 20)).toMatchObject({
    low: 0,
    high: expect.closeTo(0.1611, 4) as number,
  });
  expect(wilsonInterval(20, 20)?.high).toBe(1);
  expect(wilsonInterval(0, 0)).toBeNull();
});

test('means weigh samples, and the bootstrap holds the mean and pairs the models', () => {
  const base = Array.from({ length: 200 }, (_, i) => (i % 10) / 10);
  const tuned = base.map((value) => value + 0.05);
  const weights = base.map(() => 1);
  const scores = { base, tuned, weights };
  expect(pairedMeans(scores)).toEqual({
    base: expect.closeTo(0.45, 12) as number,
    tuned: expect.closeTo(0.5, 12) as number,
  });
  const intervals = pairedBootstrap(scores);
  expect(intervals?.base.low).toBeLessThan(0.45);
  expect(intervals?.base.high).toBeGreaterThan(0.45);
  // 1.96 · σ / √n, σ² = (10² − 1) / 12 / 100
  const half = 1.96 * Math.sqrt(0.0825 / 200);
  expect(((intervals?.base.high ?? 0) - (intervals?.base.low ?? 0)) / 2).toBeCloseTo(half, 2);
  // All samples gain the same, so the difference is sure although the scores are not.
  expect(intervals?.difference.low).toBeCloseTo(0.05, 12);
  expect(intervals?.difference.high).toBeCloseTo(0.05, 12);
  expect(pairedBootstrap(scores)).toEqual(intervals);
  expect(pairedMeans({ base: [1, 3], tuned: [0, 0], weights: [3, 1] })?.base).toBe(1.5);
  expect(pairedMeans({ base: [], tuned: [], weights: [] })).toBeNull();
  expect(pairedBootstrap({ base: [1], tuned: [1], weights: [1] })).toBeNull();
});
