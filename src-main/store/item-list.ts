/** Whole listings of the library and counts over them. */
import type { FilterKey } from '../ipc/contract/library-filter.ts';
import { grouped } from './changes.ts';
import { readFilter } from './filter-sql.ts';
import { ItemIndex } from './item-index.ts';
import type { IndexedItem } from './item-index.ts';
import { ItemOrders } from './item-orders.ts';
import type { ListOrder } from './item-orders.ts';
import { predicateOf } from './item-predicates.ts';
import type { ProjectStore } from './project-store.ts';

export interface ListQuery {
  readonly filter: string;
  readonly view: 'library' | 'trash';
}

/** Ids in order, and the width of each by its height in thousandths. */
export interface Listing {
  readonly ids: Int32Array;
  readonly aspects: Uint16Array;
}

const orders = new WeakMap<ItemIndex, ItemOrders>();

/** @throws library/bad-filter */
export function listItems(index: ItemIndex, query: ListQuery, order: ListOrder): Listing {
  const fits = predicateOf(readFilter(query.filter), index);
  const isTrash = query.view === 'trash';
  const sorted = orders.get(index) ?? new ItemOrders(index);
  orders.set(index, sorted);
  const items = sorted.sorted(order);
  const ids = new Int32Array(items.length);
  const aspects = new Uint16Array(items.length);
  let count = 0;
  for (const item of items) {
    if (item.isTrashed !== isTrash || !fits(item)) continue;
    ids[count] = item.id;
    const aspect = Math.round((item.width * 1000) / item.height);
    aspects[count] = Math.min(65_535, Math.max(1, aspect));
    count += 1;
  }
  return { ids: ids.subarray(0, count), aspects: aspects.subarray(0, count) };
}

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

const mostValues = 200;

/** The values that an item has of each key that is counted; `none` where it has no value. */
const facetValues = {
  type: ({ kind }) => [kind],
  split: ({ split }) => [split ?? 'none'],
  rating: ({ rating }) => [String(rating)],
  annotated: ({ markCount }) => [markCount > 0 ? 'yes' : 'no'],
  status: ({ statuses }) => (statuses.length === 0 ? ['none'] : statuses),
  tag: ({ tags }, index) => tags.map((tag) => index.tagNames.get(tag) ?? ''),
  label: ({ labels }, index) => labels.map((label) => index.labelNames.get(label) ?? 'none'),
} as const satisfies Readonly<
  Record<string, (item: IndexedItem, index: ItemIndex) => readonly string[]>
>;

export type FacetKey = keyof typeof facetValues;
export const facetKeys = Object.keys(facetValues) as FacetKey[];

/** The terms of each key as one predicate. */
function predicatesByKey(filter: string, index: ItemIndex) {
  const terms = grouped(readFilter(filter), ({ key }) => key);
  return [...terms].map(([key, own]) => {
    return { key: key as FilterKey, fits: predicateOf(own, index) };
  });
}

/**
 * How many items of the filter have each value of each key, the most frequent first. Terms of a key
 * itself do not count for it, so that its other choices can be seen.
 * @throws library/bad-filter
 */
export function countFacets(index: ItemIndex, query: ListQuery): Record<FacetKey, FacetCount[]> {
  const { fitting, fittingBut } = sift(index, query);
  const counts = facetKeys.map((key) => {
    const items = [fitting, fittingBut.get(key) ?? []];
    return [key, mostFrequent(countValues(index, items, facetValues[key]))] as const;
  });
  return Object.fromEntries(counts) as Record<FacetKey, FacetCount[]>;
}

/** Items that fit, and those that would if the terms of one key were not there. */
function sift(index: ItemIndex, { filter, view }: ListQuery) {
  const predicates = predicatesByKey(filter, index);
  const isTrash = view === 'trash';
  const fitting: IndexedItem[] = [];
  const fittingBut = new Map<FilterKey, IndexedItem[]>(predicates.map(({ key }) => [key, []]));
  for (const item of index.items.values()) {
    if (item.isTrashed !== isTrash) continue;
    let failures = 0;
    let failed: FilterKey | undefined;
    for (const { key, fits } of predicates) {
      if (fits(item)) continue;
      failures += 1;
      failed = key;
      if (failures > 1) break;
    }
    if (failed === undefined) fitting.push(item);
    else if (failures === 1) fittingBut.get(failed)?.push(item);
  }
  return { fitting, fittingBut };
}

function countValues(
  index: ItemIndex,
  lists: readonly (readonly IndexedItem[])[],
  valuesOf: (item: IndexedItem, index: ItemIndex) => readonly string[],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const items of lists) {
    for (const item of items) {
      for (const value of valuesOf(item, index)) counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return counts;
}

function mostFrequent(counts: ReadonlyMap<string, number>): FacetCount[] {
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
    .slice(0, mostValues);
}

/** In the library and in the trash, whatever the filter. */
export function countItems(index: ItemIndex): {
  readonly library: number;
  readonly trash: number;
  readonly missing: number;
} {
  let trash = 0;
  let missing = 0;
  for (const { isTrashed, isMissing } of index.items.values()) {
    if (isTrashed) trash += 1;
    else if (isMissing) missing += 1;
  }
  return { library: index.items.size - trash, trash, missing };
}

const indexes = new WeakMap<ProjectStore, ItemIndex>();

/** The one index of an open project. Who writes past the journal tells it by `doubt`. */
export function indexOf(store: ProjectStore): ItemIndex {
  const index = indexes.get(store) ?? new ItemIndex(store);
  indexes.set(store, index);
  return index;
}
