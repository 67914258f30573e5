/**
 * What the library filters, counts and sorts by, in memory: the answer for a hundred thousand items
 * takes milliseconds, where SQL would read every row anew at each key that is pressed. The rows in the
 * database stay the truth; what changes there is read again before the next question.
 */
import type { SQLOutputValue } from 'node:sqlite';
import type { Change } from './changes.ts';
import { changedItem, simplyChanged } from './item-changes.ts';
import type { ProjectStore } from './project-store.ts';

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

type Columns = readonly SQLOutputValue[];

/** Of each item what its rows say; the first column names the item. */
function grouped<T>(rows: readonly Columns[], add: (group: T | undefined, row: Columns) => T) {
  const groups = new Map<number, T>();
  for (const row of rows) {
    const id = row[0] as number;
    const before = groups.get(id);
    const group = add(before, row);
    if (group !== before) groups.set(id, group);
  }
  return groups;
}

interface Marks {
  readonly labels: number[];
  count: number;
}

interface Samples {
  readonly statuses: SampleStatus[];
  /** An item that stands twice in a sample is in one sample. */
  readonly ids: number[];
}

function addMark(group: Marks = { labels: [], count: 0 }, row: Columns): Marks {
  const label = row[1] as number;
  group.count += 1;
  if (!group.labels.includes(label)) group.labels.push(label);
  return group;
}

function addSample(group: Samples = { statuses: [], ids: [] }, row: Columns): Samples {
  const id = row[1] as number;
  const status = row[2] as SampleStatus;
  if (!group.ids.includes(id)) group.ids.push(id);
  if (!group.statuses.includes(status)) group.statuses.push(status);
  return group;
}

function addTag(group: number[] = [], row: Columns): number[] {
  group.push(row[1] as number);
  return group;
}

function readRelated(store: ProjectStore, ids: string | null) {
  const values = ids === null ? [] : [ids];
  const some = among('item_id', ids);
  return {
    tags: grouped<number[]>(
      store.lists(`SELECT item_id, tag_id FROM item_tags WHERE 1 ${some}`, ...values),
      addTag,
    ),
    marks: grouped(
      store.lists(
        `SELECT item_id, coalesce(label_id, 0) FROM marks WHERE is_draft = 0 ${some}`,
        ...values,
      ),
      addMark,
    ),
    samples: grouped(
      store.lists(
        `SELECT item_id, sample_id, status FROM sample_items JOIN samples ON samples.id = sample_id
         WHERE samples.trashed_ms IS NULL ${some}`,
        ...values,
      ),
      addSample,
    ),
  };
}

const orNaN = (value: SQLOutputValue | undefined): number => (value as number | null) ?? NaN;

/** By number, not by destructuring: that is slow until the code is hot, and this runs once. */
function itemOf(row: Columns, related: ReturnType<typeof readRelated>): IndexedItem {
  const id = row[0] as number;
  const marks = related.marks.get(id);
  const samples = related.samples.get(id);
  return {
    id,
    kind: row[1] as string,
    format: row[2] as string,
    name: row[3] as string,
    split: row[4] as string | null,
    rating: row[5] as number,
    width: row[6] as number,
    height: row[7] as number,
    sizeBytes: row[8] as number,
    durationMs: orNaN(row[9]),
    addedMs: row[10] as number,
    takenMs: orNaN(row[11]),
    isMissing: row[12] === 1,
    isTrashed: row[13] !== null,
    tags: related.tags.get(id) ?? none,
    labels: marks?.labels ?? none,
    markCount: marks?.count ?? 0,
    statuses: samples?.statuses ?? none,
    sampleCount: samples?.ids.length ?? 0,
  };
}

const columns = `id, kind, format, name, split, rating, width, height, size_bytes, duration_ms,
  added_ms, taken_ms, is_missing, trashed_ms`;

/** Searches for words that are kept. */
const mostFound = 8;

/** The index of one open project. */
export class ItemIndex {
  readonly #store: ProjectStore;
  #items = new Map<number, IndexedItem>();
  /** What is to be read again; null: everything. */
  #stale: Set<number> | null = null;
  #areNamesStale = true;
  #tagNames: ReadonlyMap<number, string> = new Map();
  #labelNames: ReadonlyMap<number, string> = new Map();
  readonly #found = new Map<string, ReadonlySet<number>>();
  /** Goes up with every change: what was derived from an older one is old. */
  #version = 0;

  constructor(store: ProjectStore) {
    this.#store = store;
    store.follow((changes, itemIds) => this.follow(changes, itemIds));
  }

  /** Items that the word index finds; kept, since a list and seven counts ask the same. */
  found(words: string): ReadonlySet<number> {
    this.#refresh();
    let found = this.#found.get(words);
    if (found === undefined) {
      const sql = 'SELECT group_concat(rowid) AS ids FROM item_words WHERE item_words MATCH ?';
      const ids = this.#store.get(sql, words)?.['ids'] ?? '';
      found = new Set(JSON.parse(`[${String(ids)}]`) as number[]);
      if (this.#found.size >= mostFound) this.#found.clear();
      this.#found.set(words, found);
    }
    return found;
  }

  /** Says that rows of these items, or names of tags and labels, changed; null: of many. */
  doubt(itemIds: readonly number[] | null, areNames = true): void {
    if (itemIds === null) this.#stale = null;
    else for (const id of itemIds) this.#stale?.add(id);
    this.#areNamesStale ||= areNames;
  }

  /** Follows a transaction of the journal: ratings of a hundred thousand items are not read again. */
  follow(changes: readonly Change[], itemIds: readonly number[]): void {
    this.#areNamesStale ||= changes.some(({ table }) => table === 'tags' || table === 'labels');
    if (this.#stale === null) return;
    const about = changes.map(simplyChanged);
    if (about.includes(undefined)) return this.doubt(itemIds, false);
    changes.forEach((change, at) => {
      const id = about[at];
      if (typeof id !== 'number' || this.#stale?.has(id) === true) return;
      const item = this.#items.get(id);
      if (item === undefined) this.#stale?.add(id);
      else this.#items.set(id, changedItem(item, change));
    });
    this.#version += 1;
    this.#found.clear();
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
    this.#found.clear();
    if (stale === null) this.#items = new Map();
    const ids = stale === null ? null : JSON.stringify([...stale]);
    const related = readRelated(this.#store, ids);
    const rows = this.#store.lists(
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
