/** What must not be torn apart by a split: near-duplicates, and pictures of one sample. */
import { createHash } from 'node:crypto';
import type { CandidateItem } from '../../store/datasets.ts';
import type { AppContext } from '../core/context.ts';
import { Breather } from '../core/breather.ts';

/** Sets that merge; each is known by one of its members. */
export class DisjointSets {
  readonly #parents = new Map<number, number>();

  find(member: number): number {
    let root = member;
    for (let up = this.#parents.get(root); up !== undefined; up = this.#parents.get(root))
      root = up;
    for (let at = member; at !== root;) {
      const up = this.#parents.get(at) ?? root;
      this.#parents.set(at, root);
      at = up;
    }
    return root;
  }

  join(a: number, b: number): void {
    const [rootA, rootB] = [this.find(a), this.find(b)];
    if (rootA !== rootB) this.#parents.set(Math.max(rootA, rootB), Math.min(rootA, rootB));
  }

  /** Sets of two and more, each in the order of its members, by their first. */
  get groups(): number[][] {
    const groups = new Map<number, number[]>();
    // A root has no parent, and is the smallest of its set.
    for (const member of this.#parents.keys()) {
      const root = this.find(member);
      const group = groups.get(root);
      if (group === undefined) groups.set(root, [root, member]);
      else group.push(member);
    }
    const ascending = (a: number, b: number): number => a - b;
    return [...groups.values()]
      .map((group) => group.sort(ascending))
      .sort(([a = 0], [b = 0]) => a - b);
  }
}

/** Groups of two and more items that look the same, by item id. */
export type DuplicateGroups = readonly (readonly number[])[];

/** Groups of near-duplicates, found in the media worker and kept until the pictures change. */
export class DuplicateFinder {
  readonly #context: AppContext;
  #known: { readonly key: string; readonly groups: Promise<DuplicateGroups> } | null = null;

  constructor(context: AppContext) {
    this.#context = context;
  }

  async groupsOf(items: readonly CandidateItem[]): Promise<DuplicateGroups> {
    const bits = this.#context.settings.values.nearDuplicateBits;
    const breather = new Breather();
    const hash = createHash('sha256').update(String(bits));
    for (const item of items) {
      if (breather.isDue) await breather.rest();
      hash.update(`${item.id} ${item.hash} ${item.perceptualHash}\n`);
    }
    const key = hash.digest('hex');
    if (this.#known?.key === key) return this.#known.groups;
    const groups = this.#find(items, bits);
    this.#known = { key, groups };
    // A failure is not kept: the next question asks anew.
    groups.catch(() => {
      if (this.#known?.key === key) this.#known = null;
    });
    return groups;
  }

  async #find(items: readonly CandidateItem[], bits: number): Promise<DuplicateGroups> {
    const sets = new DisjointSets();
    const breather = new Breather();
    const byHash = new Map<string, number>();
    for (const { id, hash } of items) {
      if (breather.isDue) await breather.rest();
      const same = byHash.get(hash);
      if (same === undefined) byHash.set(hash, id);
      else sets.join(same, id);
    }
    const hashed = items.flatMap(({ id, perceptualHash }) =>
      perceptualHash === null ? [] : [{ id, perceptualHash }],
    );
    if (hashed.length > 1) {
      const hashes = hashed.map(({ perceptualHash }) => perceptualHash);
      const found = await this.#context.workers.media.run('nearDuplicates', { hashes, bits });
      for (const [first = 0, ...others] of found) {
        for (const other of others) sets.join(idAt(hashed, first), idAt(hashed, other));
      }
    }
    return sets.groups;
  }
}

function idAt(items: readonly { readonly id: number }[], place: number): number {
  const item = items[place];
  if (item === undefined) throw new RangeError(`a group names place ${place} of ${items.length}`);
  return item.id;
}
