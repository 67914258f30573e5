import { LensmithError, throwIfCancelled } from '../base/errors.ts';
import { FLAT_HASH, bitCount, hashHalves } from './perceptual-hash.ts';

/**
 * Pictures whose hashes differ in at most so many bits are taken for the same one. Of 44,850 pairs
 * of different pictures of the sample project 3 are that close; encoding again as JPEG of quality
 * 50 at half the size moved none of them by more than 4.
 */
export const DEFAULT_DISTANCE = 6;
/** Beyond this different pictures are near each other, and a large library takes minutes. */
export const MAX_DISTANCE = 12;

const BLOCK_VALUES = 2 ** 16;
/** Hashes between two looks at the signal. */
const TURN = 4096;

/** Distinct hashes by halves, and their four blocks of 16 bits. */
interface Hashes {
  readonly high: Int32Array;
  readonly low: Int32Array;
  readonly blocks: readonly Uint16Array[];
}

function parse(hashes: readonly string[]): Hashes {
  const high = new Int32Array(hashes.length);
  const low = new Int32Array(hashes.length);
  hashes.forEach((hash, i) => ([high[i], low[i]] = hashHalves(hash)));
  const blocks = [high, low].flatMap((half) => [
    Uint16Array.from(half, (value) => value >>> 16),
    Uint16Array.from(half, (value) => value & 0xffff),
  ]);
  return { high, low, blocks };
}

/** The hashes of one block value stand together: `order[starts[v]]` to `order[starts[v + 1]]`. */
function buckets(block: Uint16Array): { starts: Int32Array; order: Int32Array } {
  const starts = new Int32Array(BLOCK_VALUES + 1);
  for (const value of block) starts[value + 1]! += 1;
  for (let value = 0; value < BLOCK_VALUES; value += 1) starts[value + 1]! += starts[value]!;
  const next = starts.slice(0, BLOCK_VALUES);
  const order = new Int32Array(block.length);
  block.forEach((value, i) => (order[next[value]!++] = i));
  return { starts, order };
}

/** All values of 16 bits with at most `radius` bits set. */
function masksWithin(radius: number): Uint16Array {
  return Uint16Array.from({ length: BLOCK_VALUES }, (_, value) => value).filter(
    (value) => bitCount(value) <= radius,
  );
}

/** Sets that merge; each is known by its smallest member. */
class Groups {
  readonly #parent: Int32Array;

  constructor(size: number) {
    this.#parent = Int32Array.from({ length: size }, (_, i) => i);
  }

  find(member: number): number {
    let root = member;
    while (this.#parent[root] !== root) root = this.#parent[root]!;
    for (let at = member; at !== root;) {
      const next = this.#parent[at]!;
      this.#parent[at] = root;
      at = next;
    }
    return root;
  }

  join(a: number, b: number): void {
    const rootA = this.find(a);
    const rootB = this.find(b);
    this.#parent[Math.max(rootA, rootB)] = Math.min(rootA, rootB);
  }
}

/**
 * Of two hashes within d bits one of four blocks differs in at most d/4 bits, so only hashes that
 * share such a block are compared.
 */
async function joinNear(
  { high, low, blocks }: Hashes,
  groups: Groups,
  distance: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const masks = masksWithin(Math.floor(distance / blocks.length));
  for (const block of blocks) {
    const { starts, order } = buckets(block);
    for (let i = 0; i < block.length; i += 1) {
      if (i % TURN === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        throwIfCancelled(signal, 'Looking for near-duplicates');
      }
      for (const mask of masks) {
        const value = block[i]! ^ mask;
        // Members stand in ascending order: the pair is met from its larger one.
        for (let at = starts[value]!; at < starts[value + 1]!; at += 1) {
          const j = order[at]!;
          if (j >= i) break;
          const bits = bitCount(high[i]! ^ high[j]!) + bitCount(low[i]! ^ low[j]!);
          if (bits <= distance) groups.join(i, j);
        }
      }
    }
  }
}

/**
 * Groups of near-duplicates: those that a chain of hashes connects, each within `distance` bits of
 * the next. So no two of different groups are near each other, and a split by group is clean. Flat
 * pictures are in no group: their hash says nothing.
 *
 * @param hashes    of perceptualHash
 * @param distance  bits, 0…12
 * @returns groups of two and more places in `hashes`, ascending, the group with the first place first
 * @throws media/hash-distance, job/cancelled
 * @source multi-index hashing, arXiv:1307.2982
 */
export async function groupNearDuplicates(
  hashes: readonly string[],
  distance = DEFAULT_DISTANCE,
  signal?: AbortSignal,
): Promise<number[][]> {
  if (!(Number.isInteger(distance) && distance >= 0 && distance <= MAX_DISTANCE)) {
    throw new LensmithError('media/hash-distance', 'That distance makes no groups.', {
      expected: `a whole number from 0 to ${MAX_DISTANCE}`,
      got: String(distance),
    });
  }
  const distinct = [...new Set(hashes)].filter((hash) => hash !== FLAT_HASH);
  const places = new Map(distinct.map((hash, i) => [hash, i]));
  const groups = new Groups(distinct.length);
  await joinNear(parse(distinct), groups, distance, signal);
  const members = new Map<number, number[]>();
  hashes.forEach((hash, i) => {
    const place = places.get(hash);
    if (place === undefined) return;
    const root = groups.find(place);
    const list = members.get(root);
    if (list) list.push(i);
    else members.set(root, [i]);
  });
  return [...members.values()].filter((list) => list.length > 1);
}
