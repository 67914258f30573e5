/** All items in the orders that lists ask for, kept until what they sort by changes. */
import type { IndexedItem, ItemIndex } from './item-index.ts';

export interface ListOrder {
  readonly sort: 'added' | 'taken' | 'name' | 'size' | 'rating' | 'random';
  readonly isDescending: boolean;
  /** Of the random order: the same seed, the same order. */
  readonly seed: number;
}

/** A scramble of 32 bits in which neighbours part (the finaliser of MurmurHash3). */
function scrambled(id: number, seed: number): number {
  let h = (id ^ Math.imul(seed, 0x9e3779b1)) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Digits padded, so that IMG_2 comes before IMG_10 without a collator's slow compare. */
const nameKey = (name: string): string =>
  name.toLowerCase().replaceAll(/\d+/gu, (digits) => digits.padStart(12, '0'));

type SortKey = string | number;

/** NaN (a time that is not known) comes last whichever way. */
function compare(a: SortKey, b: SortKey, sign: 1 | -1): number {
  if (a === b) return 0;
  if (Number.isNaN(a)) return Number.isNaN(b) ? 0 : 1;
  if (Number.isNaN(b)) return -1;
  return a < b ? -sign : sign;
}

export class ItemOrders {
  readonly #index: ItemIndex;
  readonly #names = new Map<string, string>();
  #kept: { readonly name: string; readonly version: number; readonly items: IndexedItem[] }[] = [];

  constructor(index: ItemIndex) {
    this.#index = index;
  }

  sorted({ sort, isDescending, seed }: ListOrder): readonly IndexedItem[] {
    const name = `${sort} ${isDescending} ${sort === 'random' ? seed : ''}`;
    const { version } = this.#index;
    const known = this.#kept.find((one) => one.name === name);
    if (known?.version === version) return known.items;
    const keyOf = this.#keyOf(sort, seed);
    const sign = isDescending ? -1 : 1;
    // Mostly sorted already: in the order of the last time, with what is new at its end.
    const entries = this.#before(known?.items).map((item) => ({ item, key: keyOf(item) }));
    entries.sort((a, b) => compare(a.key, b.key, sign) || sign * (a.item.id - b.item.id));
    const items = entries.map(({ item }) => item);
    this.#kept = [{ name, version, items }, ...this.#kept.filter((one) => one !== known)].slice(
      0,
      3,
    );
    return items;
  }

  #before(known: readonly IndexedItem[] | undefined): IndexedItem[] {
    const { items } = this.#index;
    if (known === undefined) return [...items.values()];
    const rest = new Map(items);
    const ordered: IndexedItem[] = [];
    for (const { id } of known) {
      const item = rest.get(id);
      if (item === undefined) continue;
      ordered.push(item);
      rest.delete(id);
    }
    return [...ordered, ...rest.values()];
  }

  #keyOf(sort: ListOrder['sort'], seed: number): (item: IndexedItem) => SortKey {
    switch (sort) {
      case 'added':
        return ({ addedMs }) => addedMs;
      case 'taken':
        return ({ takenMs }) => takenMs;
      case 'size':
        return ({ sizeBytes }) => sizeBytes;
      case 'rating':
        return ({ rating }) => rating;
      case 'random':
        return ({ id }) => scrambled(id, seed);
      case 'name':
        return ({ name }) => {
          let key = this.#names.get(name);
          if (key === undefined) this.#names.set(name, (key = nameKey(name)));
          return key;
        };
    }
  }
}
