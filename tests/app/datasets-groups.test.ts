import { expect, test } from 'vitest';
import { DisjointSets } from '../../src-main/app/datasets/groups.ts';
import { leaksOf, splitByShares } from '../../src-main/app/datasets/split.ts';
import { Random } from '../../src-main/base/random.ts';
import type { CandidateItem, CandidateSample } from '../../src-main/store/datasets.ts';

/** A library of random size with random groups of near-duplicates, and samples of one to three items. */
function randomLibrary(seed: number) {
  const random = new Random(seed);
  const below = (n: number): number => random.uint32() % n;
  const itemCount = 3 + below(120);
  const ids = Array.from({ length: itemCount }, (_, n) => n + 1);
  const items = new Map(
    ids.map((id): [number, CandidateItem] => [
      id,
      { id, hash: `hash ${id}`, perceptualHash: null, split: null, isMissing: false },
    ]),
  );
  const sets = new DisjointSets();
  for (let n = below(itemCount); n > 0; n--) sets.join(1 + below(itemCount), 1 + below(itemCount));
  const samples = Array.from({ length: 1 + below(200) }, (_, n): CandidateSample => {
    const itemIds = Array.from({ length: below(4) }, () => 1 + below(itemCount));
    return { id: n + 1, status: 'reviewed', itemIds: [...new Set(itemIds)], answers: 1 };
  });
  const train = below(101);
  const validation = below(101 - train);
  const shares = { train, validation, test: 100 - train - validation, seed: below(1000) };
  return { items, samples, duplicates: sets.groups, shares: { by: 'shares', ...shares } as const };
}

test.each(Array.from({ length: 150 }, (_, seed) => seed))(
  'whatever the groups, no split parts near-duplicates or pictures of one sample (%i)',
  async (seed) => {
    const { items, samples, duplicates, shares } = randomLibrary(seed);
    const sides = await splitByShares(samples, items, duplicates, shares);
    // Every sample has a side, and one with a share.
    expect([...sides.keys()].sort((a, b) => a - b)).toEqual(samples.map(({ id }) => id));
    for (const side of sides.values()) expect(shares[side]).toBeGreaterThan(0);
    const sideOfItem = new Map<number, string>();
    for (const { id, itemIds } of samples) {
      const side = sides.get(id) as string;
      for (const itemId of itemIds) {
        expect(sideOfItem.get(itemId) ?? side).toBe(side);
        sideOfItem.set(itemId, side);
      }
    }
    expect(leaksOf(duplicates, sideOfItem as Map<number, 'train'>)).toEqual([]);
    // The order in which samples were read decides nothing.
    const again = await splitByShares(samples.toReversed(), items, duplicates, shares);
    expect([...again].sort(([a], [b]) => a - b)).toEqual([...sides].sort(([a], [b]) => a - b));
  },
);

test('groups come whole, by their first members', () => {
  const sets = new DisjointSets();
  for (const [a, b] of [
    [9, 4],
    [7, 2],
    [4, 8],
    [2, 9],
    [5, 5],
    [20, 30],
  ] as const) {
    sets.join(a, b);
  }
  expect(sets.groups).toEqual([
    [2, 4, 7, 8, 9],
    [20, 30],
  ]);
});
