/** Which side of a split each sample goes to. */
import { createHash } from 'node:crypto';
import type { SplitName, SplitRule } from '../../ipc/contract/datasets.ts';
import type { CandidateItem, CandidateSample } from '../../store/datasets.ts';
import { Breather } from '../core/breather.ts';
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
 * are put in an order that depends on their content and the seed, and dealt out as the shares say;
 * so the same library always splits the same way, and one more picture moves few. What is much
 * larger than a held-out side stays in training. Each side with a share gets a cluster while there
 * are enough, training first.
 */
export async function splitByShares(
  samples: readonly CandidateSample[],
  items: ReadonlyMap<number, CandidateItem>,
  duplicates: DuplicateGroups,
  shares: Shares,
): Promise<Map<number, SplitName>> {
  let pool: readonly Cluster[] = await clustersOf(samples, items, duplicates, shares.seed);
  const sides = (['test', 'validation', 'train'] as const).filter((side) => shares[side] > 0);
  const result = new Map<number, SplitName>();
  for (const [i, side] of sides.entries()) {
    const wanted = Math.round((samples.length * shares[side]) / 100);
    const sidesAfter = sides.length - i - 1;
    const { taken, rest } =
      sidesAfter === 0 ? { taken: pool, rest: [] } : deal(pool, wanted, sidesAfter);
    for (const { sampleIds } of taken) for (const id of sampleIds) result.set(id, side);
    pool = rest;
  }
  return result;
}

/**
 * The clusters of one side, in their order.
 * @param wanted samples that the side should have
 * @param leave  so many clusters stay for the sides after it, whatever its share
 */
function deal(
  pool: readonly Cluster[],
  wanted: number,
  leave: number,
): { readonly taken: readonly Cluster[]; readonly rest: readonly Cluster[] } {
  const taken: Cluster[] = [];
  const skipped: Cluster[] = [];
  let placed = 0;
  let at = 0;
  for (; at < pool.length && taken.length < pool.length - leave; at++) {
    const cluster = pool[at] as Cluster;
    const size = cluster.sampleIds.length;
    // Alone it would miss the share by more than an empty side does.
    if (size / 2 > wanted) skipped.push(cluster);
    else if (placed > 0 && placed + size / 2 > wanted) break;
    else {
      taken.push(cluster);
      placed += size;
    }
  }
  if (taken.length > 0 || pool.length <= leave)
    return { taken, rest: skipped.concat(pool.slice(at)) };
  const smallest = pool.reduce((least, one) =>
    one.sampleIds.length < least.sampleIds.length ? one : least,
  );
  return { taken: [smallest], rest: pool.filter((one) => one !== smallest) };
}

async function clustersOf(
  samples: readonly CandidateSample[],
  items: ReadonlyMap<number, CandidateItem>,
  duplicates: DuplicateGroups,
  seed: number,
): Promise<Cluster[]> {
  const breather = new Breather();
  const sets = new DisjointSets();
  const join = ([first, ...others]: readonly number[]): void => {
    for (const other of others) if (first !== undefined) sets.join(first, other);
  };
  for (const group of duplicates) join(group);
  for (const { itemIds } of samples) {
    if (breather.isDue) await breather.rest();
    if (itemIds.length > 1) join(itemIds);
  }
  const clusters = new Map<string, { hashes: Set<string>; sampleIds: number[] }>();
  for (const { id, itemIds } of samples) {
    if (breather.isDue) await breather.rest();
    const [first] = itemIds;
    // Samples without a picture are their own clusters.
    const name = first === undefined ? `sample ${id}` : `items ${sets.find(first)}`;
    let cluster = clusters.get(name);
    if (cluster === undefined) clusters.set(name, (cluster = { hashes: new Set(), sampleIds: [] }));
    cluster.sampleIds.push(id);
    if (first === undefined) cluster.hashes.add(name);
    for (const itemId of itemIds) cluster.hashes.add(items.get(itemId)?.hash ?? '');
  }
  // By the beginnings of their keys, so that no sort is long.
  const buckets = new Map<string, Cluster[]>();
  for (const { hashes, sampleIds } of clusters.values()) {
    if (breather.isDue) await breather.rest();
    const key = keyOf(hashes, seed);
    const bucket = buckets.get(key.slice(0, 3));
    if (bucket === undefined) buckets.set(key.slice(0, 3), [{ key, sampleIds }]);
    else bucket.push({ key, sampleIds });
  }
  const ordered: Cluster[] = [];
  for (const beginning of [...buckets.keys()].sort()) {
    if (breather.isDue) await breather.rest();
    const bucket = buckets.get(beginning) ?? [];
    ordered.push(...bucket.sort((a, b) => (a.key < b.key ? -1 : 1)));
  }
  return ordered;
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
