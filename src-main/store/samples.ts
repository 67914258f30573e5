/** Conversations in a project's file: rows of samples, their items and turns. */
import type { SQLInputValue } from 'node:sqlite';
import type { ProjectStore, Row } from './project-store.ts';

export interface TurnRow {
  readonly id: number;
  readonly role: string;
  /** JSON of a list of parts. */
  readonly contentJson: string;
  readonly rejectedJson: string | null;
  readonly position: number;
}

export interface SampleItemRow {
  readonly id: number;
  readonly itemId: number;
  readonly samplingJson: string | null;
  readonly position: number;
}

/** A sample whole: turns and items in their order. */
export interface SampleRow {
  readonly id: number;
  readonly kind: string;
  readonly status: string;
  readonly rating: number;
  readonly notes: string;
  readonly source: string;
  readonly position: number;
  readonly createdMs: number;
  readonly trashedMs: number | null;
  readonly items: readonly SampleItemRow[];
  readonly turns: readonly TurnRow[];
}

/** The samples of these ids that there are, in the order of the ids; trashed ones too. */
export function readSamples(store: ProjectStore, ids: readonly number[]): SampleRow[] {
  const list = JSON.stringify(ids);
  const rows = store.all(
    'SELECT * FROM samples WHERE id IN (SELECT value FROM json_each(?))',
    list,
  );
  const items = grouped(
    store.all(
      `SELECT * FROM sample_items WHERE sample_id IN (SELECT value FROM json_each(?))
       ORDER BY position, id`,
      list,
    ),
    itemOf,
  );
  const turns = grouped(
    store.all(
      `SELECT * FROM turns WHERE sample_id IN (SELECT value FROM json_each(?))
       ORDER BY position, id`,
      list,
    ),
    turnOf,
  );
  const byId = new Map(
    rows.map((row) => {
      const id = Number(row['id']);
      return [id, sampleOf(row, items.get(id) ?? [], turns.get(id) ?? [])];
    }),
  );
  return ids.flatMap((id) => byId.get(id) ?? []);
}

/** Samples that have this item among theirs, in their order, without those in the trash. */
export function sampleIdsOfItem(store: ProjectStore, itemId: number): number[] {
  return idsOf(
    store.all(
      `SELECT DISTINCT samples.id AS id, samples.position FROM samples
       JOIN sample_items ON sample_items.sample_id = samples.id
       WHERE item_id = ? AND trashed_ms IS NULL ORDER BY samples.position, samples.id`,
      itemId,
    ),
  );
}

/** Which samples: conditions that must all hold; an empty list is no condition. */
export interface SampleQuery {
  /** SQL that gives ids of items, with its values; null: of whatever items. */
  readonly items: { readonly sql: string; readonly values: readonly SQLInputValue[] } | null;
  readonly text: string;
  readonly kinds: readonly string[];
  readonly statuses: readonly string[];
  readonly minRating: number;
  readonly inTrash: boolean;
}

/** Ids of the samples of a query, newest first. */
export function findSamples(
  store: ProjectStore,
  query: SampleQuery,
  page: { readonly offset: number; readonly limit: number } = { offset: 0, limit: -1 },
): number[] {
  const { where, values } = conditions(query);
  return idsOf(
    store.all(
      `SELECT id FROM samples WHERE ${where} ORDER BY position DESC, id DESC LIMIT ? OFFSET ?`,
      ...values,
      page.limit,
      page.offset,
    ),
  );
}

export function countSamples(store: ProjectStore, query: SampleQuery): number {
  const { where, values } = conditions(query);
  return Number(store.get(`SELECT count(*) AS n FROM samples WHERE ${where}`, ...values)?.['n']);
}

function conditions(query: SampleQuery): { where: string; values: SQLInputValue[] } {
  const where = [query.inTrash ? 'trashed_ms IS NOT NULL' : 'trashed_ms IS NULL'];
  const values: SQLInputValue[] = [];
  const add = (condition: string, ...bound: readonly SQLInputValue[]): void => {
    where.push(condition);
    values.push(...bound);
  };
  if (query.items !== null) {
    add(
      `id IN (SELECT sample_id FROM sample_items WHERE item_id IN (${query.items.sql}))`,
      ...query.items.values,
    );
  }
  for (const [column, list] of [
    ['kind', query.kinds],
    ['status', query.statuses],
  ] as const) {
    if (list.length === 0) continue;
    add(`${column} IN (SELECT value FROM json_each(?))`, JSON.stringify(list));
  }
  if (query.minRating > 0) add('rating >= ?', query.minRating);
  for (const word of query.text.split(/\s+/).filter((part) => part !== '')) {
    // instr on lower-cased texts: words may be cut anywhere, and no mark of a pattern counts.
    add(
      `(instr(lower(notes), lower(?)) > 0 OR EXISTS (
        SELECT 1 FROM turns, json_each(turns.content_json) AS part
        WHERE sample_id = samples.id AND instr(lower(part.value ->> '$.text'), lower(?)) > 0))`,
      word,
      word,
    );
  }
  return { where: where.join(' AND '), values };
}

/** How many of these samples have an answer that was not chosen. */
export function countPairs(store: ProjectStore, ids: readonly number[]): number {
  const row = store.get(
    `SELECT count(DISTINCT sample_id) AS n FROM turns
     WHERE rejected_json IS NOT NULL AND sample_id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );
  return Number(row?.['n']);
}

/** The sample that a turn is in; null: there is no such turn. */
export function sampleIdOfTurn(store: ProjectStore, turnId: number): number | null {
  const row = store.get('SELECT sample_id FROM turns WHERE id = ?', turnId);
  return row === undefined ? null : Number(row['sample_id']);
}

/** Where the next sample goes: after all others. */
export function lastSamplePosition(store: ProjectStore): number {
  return Number(store.get('SELECT max(position) AS last FROM samples')?.['last'] ?? 0);
}

function grouped<T>(rows: readonly Row[], make: (row: Row) => T): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const key = Number(row['sample_id']);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [make(row)]);
    else group.push(make(row));
  }
  return groups;
}

function idsOf(rows: readonly Row[]): number[] {
  return rows.map((row) => Number(row['id']));
}

function textOrNull(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

function sampleOf(row: Row, items: readonly SampleItemRow[], turns: readonly TurnRow[]): SampleRow {
  return {
    id: Number(row['id']),
    kind: String(row['kind']),
    status: String(row['status']),
    rating: Number(row['rating']),
    notes: String(row['notes']),
    source: String(row['source']),
    position: Number(row['position']),
    createdMs: Number(row['created_ms']),
    trashedMs: row['trashed_ms'] === null ? null : Number(row['trashed_ms']),
    items,
    turns,
  };
}

function itemOf(row: Row): SampleItemRow {
  return {
    id: Number(row['id']),
    itemId: Number(row['item_id']),
    samplingJson: textOrNull(row['sampling_json']),
    position: Number(row['position']),
  };
}

function turnOf(row: Row): TurnRow {
  return {
    id: Number(row['id']),
    role: String(row['role']),
    contentJson: String(row['content_json']),
    rejectedJson: textOrNull(row['rejected_json']),
    position: Number(row['position']),
  };
}
