/**
 * What the library filters, counts and sorts by, in memory: the answer for a hundred thousand items
 * takes milliseconds, where SQL would read every row anew at each key that is pressed. The rows in the
 * database stay the truth; what changes there is read again before the next question.
 */
import type { ProjectStore, Row } from './project-store.ts';

export type SampleStatus = 'draft' | 'reviewed' | 'rejected';

/** An item as far as filters ask. Numbers that are not known are NaN, which no range holds. */
export interface IndexedItem {
  readonly id: number;
  readonly kind: string;
  readonly format: string;
  readonly name: string;
  readonly split: string | null;
  readonly rating: number;
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  readonly durationMs: number;
  readonly addedMs: number;
  readonly takenMs: number;
  readonly isMissing: boolean;
  readonly isTrashed: boolean;
  readonly tags: readonly number[];
  /** Of marks that are no drafts, each once; 0: marks without a label. */
  readonly labels: readonly number[];
  readonly markCount: number;
  readonly statuses: readonly SampleStatus[];
  readonly sampleCount: number;
}

const none: readonly never[] = [];

const among = (column: string, ids: string | null): string =>
  ids === null ? '' : `AND ${column} IN (SELECT value FROM json_each(?))`;

/** The rows that belong to each item, of all items or of some. */
function grouped<T>(rows: readonly Row[], valueOf: (row: Row) => T): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const id = Number(row['item_id']);
    const group = groups.get(id);
    if (group === undefined) groups.set(id, [valueOf(row)]);
    else group.push(valueOf(row));
  }
  return groups;
}

interface Related {
  readonly tags: ReadonlyMap<number, number[]>;
  readonly labels: ReadonlyMap<number, { readonly label: number; readonly count: number }[]>;
  readonly samples: ReadonlyMap<
    number,
    { readonly status: SampleStatus; readonly count: number }[]
  >;
}

function readRelated(store: ProjectStore, ids: string | null): Related {
  const values = ids === null ? [] : [ids];
  return {
    tags: grouped(
      store.all(
        `SELECT item_id, tag_id FROM item_tags WHERE 1 ${among('item_id', ids)}`,
        ...values,
      ),
      (row) => Number(row['tag_id']),
    ),
    labels: grouped(
      store.all(
        `SELECT item_id, coalesce(label_id, 0) AS label, count(*) AS count FROM shapes
         WHERE is_draft = 0 ${among('item_id', ids)} GROUP BY item_id, label_id`,
        ...values,
      ),
      (row) => ({ label: Number(row['label']), count: Number(row['count']) }),
    ),
    samples: grouped(
      store.all(
        `SELECT item_id, status, count(DISTINCT samples.id) AS count FROM sample_items
         JOIN samples ON samples.id = sample_id
         WHERE samples.trashed_ms IS NULL ${among('item_id', ids)} GROUP BY item_id, status`,
        ...values,
      ),
      (row) => ({ status: row['status'] as SampleStatus, count: Number(row['count']) }),
    ),
  };
}

const numberOrNaN = (value: unknown): number => (value === null ? NaN : Number(value));
const sum = (counts: readonly { readonly count: number }[]): number =>
  counts.reduce((total, { count }) => total + count, 0);

function itemOf(row: Row, related: Related): IndexedItem {
  const id = Number(row['id']);
  const labels = related.labels.get(id) ?? none;
  const samples = related.samples.get(id) ?? none;
  return {
    id,
    kind: String(row['kind']),
    format: String(row['format']),
    name: String(row['name']),
    split: row['split'] as string | null,
    rating: Number(row['rating']),
    width: Number(row['width']),
    height: Number(row['height']),
    sizeBytes: Number(row['size_bytes']),
    durationMs: numberOrNaN(row['duration_ms']),
    addedMs: Number(row['added_ms']),
    takenMs: numberOrNaN(row['taken_ms']),
    isMissing: row['is_missing'] === 1,
    isTrashed: row['trashed_ms'] !== null,
    tags: related.tags.get(id) ?? none,
    labels: labels.map(({ label }) => label),
    markCount: sum(labels),
    statuses: samples.map(({ status }) => status),
    sampleCount: sum(samples),
  };
}

const columns = `id, kind, format, name, split, rating, width, height, size_bytes, duration_ms,
  added_ms, taken_ms, is_missing, trashed_ms`;

/** The index of one open project. */
export class ItemIndex {
  readonly #store: ProjectStore;
  #items = new Map<number, IndexedItem>();
  /** What is to be read again; null: everything. */
  #stale: Set<number> | null = null;
  #areNamesStale = true;
  #tagNames: ReadonlyMap<number, string> = new Map();
  #labelNames: ReadonlyMap<number, string> = new Map();
  /** Goes up with every change: what was derived from an older one is old. */
  #version = 0;

  constructor(store: ProjectStore) {
    this.#store = store;
  }

  get store(): ProjectStore {
    return this.#store;
  }

  /** Says that rows of these items, or names of tags and labels, changed; null: of many. */
  doubt(itemIds: readonly number[] | null, areNames = true): void {
    if (itemIds === null) this.#stale = null;
    else for (const id of itemIds) this.#stale?.add(id);
    this.#areNamesStale ||= areNames;
  }

  get items(): ReadonlyMap<number, IndexedItem> {
    this.#refresh();
    return this.#items;
  }

  get version(): number {
    this.#refresh();
    return this.#version;
  }

  get tagNames(): ReadonlyMap<number, string> {
    this.#refresh();
    return this.#tagNames;
  }

  get labelNames(): ReadonlyMap<number, string> {
    this.#refresh();
    return this.#labelNames;
  }

  #refresh(): void {
    if (this.#areNamesStale) {
      this.#areNamesStale = false;
      this.#tagNames = this.#names('tags');
      this.#labelNames = this.#names('labels');
    }
    const stale = this.#stale;
    if (stale !== null && stale.size === 0) return;
    this.#stale = new Set();
    this.#version += 1;
    if (stale === null) this.#items = new Map();
    const ids = stale === null ? null : JSON.stringify([...stale]);
    const related = readRelated(this.#store, ids);
    const rows = this.#store.all(
      `SELECT ${columns} FROM items WHERE 1 ${among('id', ids)}`,
      ...(ids === null ? [] : [ids]),
    );
    const gone = new Set(stale);
    for (const row of rows) {
      const item = itemOf(row, related);
      gone.delete(item.id);
      this.#items.set(item.id, item);
    }
    for (const id of gone) this.#items.delete(id);
  }

  #names(table: 'tags' | 'labels'): Map<number, string> {
    const rows = this.#store.all(`SELECT id, name FROM ${table}`);
    return new Map(rows.map((row) => [Number(row['id']), String(row['name'])]));
  }
}
