/** Whole listings of the library and counts over them: quick for a hundred thousand items. */
import type { SQLInputValue } from 'node:sqlite';
import type { FilterKey } from '../ipc/contract/library-filter.ts';
import { compileTerms, readFilter } from './filter-sql.ts';
import type { Condition } from './filter-sql.ts';
import type { ProjectStore } from './project-store.ts';

export interface ListQuery {
  readonly filter: string;
  readonly view: 'library' | 'trash';
}

export interface ListOrder {
  readonly sort: 'added' | 'taken' | 'name' | 'size' | 'rating' | 'random';
  readonly isDescending: boolean;
  /** Of the random order: the same seed, the same order. */
  readonly seed: number;
}

/** Ids in order, and the width of each by its height in thousandths. */
export interface Listing {
  readonly ids: Int32Array;
  readonly aspects: Uint16Array;
}

function orderOf({ sort, isDescending, seed }: ListOrder): string {
  const direction = isDescending ? 'DESC' : 'ASC';
  const by: Readonly<Record<ListOrder['sort'], string>> = {
    added: `added_ms ${direction}, id ${direction}`,
    // Those that do not know when they were taken come last, either way.
    taken: `taken_ms ${direction} NULLS LAST, id ${direction}`,
    name: `name COLLATE NOCASE ${direction}, id ${direction}`,
    size: `size_bytes ${direction}, id ${direction}`,
    rating: `rating ${direction}, id ${direction}`,
    // Knuth's multiplicative hash, twice, so that neighbours part.
    random: `(((id + ${Math.trunc(seed)}) * 2654435761) % 4294967296 * 40503) % 4294967291, id`,
  };
  return by[sort];
}

const inView = (view: ListQuery['view']): string =>
  `items.trashed_ms IS ${view === 'trash' ? 'NOT ' : ''}NULL`;

/**
 * One row with two texts: rows as objects would take longer than the search itself.
 * @throws library/bad-filter
 */
export function listItems(store: ProjectStore, query: ListQuery, order: ListOrder): Listing {
  const { sql, values } = compileTerms(readFilter(query.filter));
  const row = store.get(
    `SELECT group_concat(id) AS ids, group_concat(aspect) AS aspects FROM (
       SELECT id, min(65535, max(1, width * 1000 / height)) AS aspect
       FROM items WHERE ${inView(query.view)} AND ${sql} ORDER BY ${orderOf(order)})`,
    ...values,
  );
  const numbers = (text: unknown): number[] =>
    typeof text === 'string' ? text.split(',').map(Number) : [];
  return {
    ids: Int32Array.from(numbers(row?.['ids'])),
    aspects: Uint16Array.from(numbers(row?.['aspects'])),
  };
}

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

/** Over items of a view that a condition selects, as `WITH found (id)`. */
function counted(store: ProjectStore, found: Condition, sql: string): FacetCount[] {
  return store
    .all(`WITH found (id) AS MATERIALIZED (${found.sql}) ${sql}`, ...found.values)
    .map((row) => ({ value: String(row['value']), count: Number(row['count']) }));
}

const mostValues = 200;

const facetQueries = {
  type: 'SELECT kind AS value, count(*) AS count FROM found JOIN items USING (id) GROUP BY 1',
  split: `SELECT coalesce(split, 'none') AS value, count(*) AS count
    FROM found JOIN items USING (id) GROUP BY 1`,
  rating: 'SELECT rating AS value, count(*) AS count FROM found JOIN items USING (id) GROUP BY 1',
  tag: `SELECT tags.name AS value, count(*) AS count
    FROM tags CROSS JOIN item_tags ON tag_id = tags.id JOIN found ON found.id = item_id
    GROUP BY tags.id ORDER BY count DESC, value LIMIT ${mostValues}`,
  label: `SELECT coalesce(labels.name, 'none') AS value, count(*) AS count
    FROM (SELECT DISTINCT label_id, item_id FROM shapes WHERE is_draft = 0)
    JOIN found ON found.id = item_id LEFT JOIN labels ON labels.id = label_id
    GROUP BY label_id ORDER BY count DESC, value LIMIT ${mostValues}`,
  annotated: `SELECT iif(id IN (SELECT item_id FROM shapes WHERE is_draft = 0), 'yes', 'no') AS value,
    count(*) AS count FROM found GROUP BY 1`,
  status: `SELECT coalesce(status, 'none') AS value, count(DISTINCT found.id) AS count
    FROM found LEFT JOIN (SELECT item_id, status FROM sample_items
      JOIN samples ON samples.id = sample_id WHERE samples.trashed_ms IS NULL) ON item_id = found.id
    GROUP BY 1`,
} as const satisfies Partial<Record<FilterKey, string>>;

export type FacetKey = keyof typeof facetQueries;
export const facetKeys = Object.keys(facetQueries) as FacetKey[];

/**
 * How many items of the filter have each value of a key. Terms of that key itself do not count, so
 * that the other choices can be seen.
 * @throws library/bad-filter
 */
export function countFacet(store: ProjectStore, query: ListQuery, key: FacetKey): FacetCount[] {
  const terms = readFilter(query.filter).filter((term) => term.key !== key);
  const { sql, values } = compileTerms(terms);
  const found = { sql: `SELECT id FROM items WHERE ${inView(query.view)} AND ${sql}`, values };
  return counted(store, found, facetQueries[key]);
}

/** In the library and in the trash, whatever the filter. */
export function countItems(store: ProjectStore): {
  readonly library: number;
  readonly trash: number;
  readonly missing: number;
} {
  const count = (where: string, ...values: SQLInputValue[]): number =>
    Number(store.get(`SELECT count(*) AS n FROM items WHERE ${where}`, ...values)?.['n'] ?? 0);
  return {
    library: count(inView('library')),
    trash: count(inView('trash')),
    missing: count(`${inView('library')} AND is_missing = 1`),
  };
}

/** Ids that a filter finds outside the trash, in the order in which they were added. */
export function findItems(store: ProjectStore, filter: string): number[] {
  const order: ListOrder = { sort: 'added', isDescending: false, seed: 1 };
  return [...listItems(store, { filter, view: 'library' }, order).ids];
}
