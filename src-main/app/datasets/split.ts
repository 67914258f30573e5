/** Which side of a split each sample goes to. */
import { createHash } from 'node:crypto';
import type { SplitName, SplitRule } from '../../ipc/contract/datasets.ts';
import type { CandidateItem, CandidateSample } from '../../store/datasets.ts';
import { DisjointSets } from './groups.ts';
import type { DuplicateGroups } from './groups.ts';

type Shares = Extract<SplitRule, { by: 'shares' }>;

/** By the items' own split; null for a sample whose items are of different ones. */
export function splitByItems(
  samples: readonly CandidateSample[],
  items: ReadonlyMap<number, CandidateItem>,
): Map<number, SplitName | null> {
  return new Map(
    samples.map(({ id, itemIds }) => {
      const splits = new Set(itemIds.map((itemId) => items.get(itemId)?.split ?? 'train'));
      const [first = 'train'] = splits;
      return [id, splits.size > 1 ? null : first];
    }),
  );
}

interface Cluster {
  /** What orders it among the others: of its content and the seed, never of when it came. */
  readonly key: string;
  readonly sampleIds: number[];
}

/**
 * By shares of the samples. Clusters (near-duplicates, and items that stand in one sample, chained)
 * are put in an order that depends on their content and the seed, and cut where the shares say; so
 * the same library always splits the same way, and one more picture moves few. Each side with a
 * share gets a cluster while there are enough, training first.
 */
export function splitByShares(
  samples: readonly CandidateSample[],
  items: ReadonlyMap<number, CandidateItem>,
  duplicates: DuplicateGroups,
  shares: Shares,
): Map<number, SplitName> {
  const clusters = clustersOf(samples, items, duplicates, shares.seed);
  const sides = (['test', 'validation', 'train'] as const).filter((side) => shares[side] > 0);
  const result = new Map<number, SplitName>();
  let at = 0;
  for (const [i, side] of sides.entries()) {
    const wanted = Math.round((samples.length * shares[side]) / 100);
    const sidesAfter = sides.length - i - 1;
    let placed = 0;
    for (; at < clusters.length; at++) {
      const cluster = clusters[at] as Cluster;
      const size = cluster.sampleIds.length;
      const isFull = placed > 0 && placed + size / 2 > wanted;
      const mustLeave = clusters.length - at <= sidesAfter;
      if (sidesAfter > 0 && (isFull || mustLeave)) break;
      for (const id of cluster.sampleIds) result.set(id, side);
      placed += size;
    }
  }
  return result;
}

function clustersOf(
  samples: readonly CandidateSample[],
  items: ReadonlyMap<number, CandidateItem>,
  duplicates: DuplicateGroups,
  seed: number,
): Cluster[] {
  const sets = new DisjointSets();
  for (const group of [...duplicates, ...samples.map(({ itemIds }) => itemIds)]) {
    const [first, ...others] = group;
    for (const other of others) if (first !== undefined) sets.join(first, other);
  }
  const clusters = new Map<string, { hashes: Set<string>; sampleIds: number[] }>();
  for (const { id, itemIds } of samples) {
    const [first] = itemIds;
    // Samples without a picture are their own clusters.
    const name = first === undefined ? `sample ${id}` : `items ${sets.find(first)}`;
    const cluster = clusters.get(name) ?? { hashes: new Set(), sampleIds: [] };
    clusters.set(name, cluster);
    cluster.sampleIds.push(id);
    if (first === undefined) cluster.hashes.add(name);
    for (const itemId of itemIds) cluster.hashes.add(items.get(itemId)?.hash ?? '');
  }
  return [...clusters.values()]
    .map(({ hashes, sampleIds }) => ({ key: keyOf(hashes, seed), sampleIds }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
}

function keyOf(hashes: ReadonlySet<string>, seed: number): string {
  const [smallest = ''] = [...hashes].sort();
  return createHash('sha256').update(`${seed} ${smallest}`).digest('hex');
}

/** Groups of near-duplicates whose items are used on more than one side. */
export function leaksOf(
  duplicates: DuplicateGroups,
  sideOfItem: ReadonlyMap<number, SplitName>,
): number[][] {
  return duplicates
    .map((group) => group.filter((id) => sideOfItem.has(id)))
    .filter((group) => new Set(group.map((id) => sideOfItem.get(id))).size > 1);
}
