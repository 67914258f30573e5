/**
 * Every edit is written with its inverse, in the transaction that makes it: undo and redo survive a
 * restart, and a process killed at any moment loses at most the act that was not answered yet.
 *
 * A change is one row of one table: its columns before and after (null: the row was not, or is no
 * longer). Undo and redo work by scope (`library`, `item:12`, …), so that taking a stroke back on one
 * picture does not touch another.
 */
import type { DatabaseSync, SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { LensmithError } from '../base/errors.ts';
import { inTransaction } from './database.ts';
import { editableTables, observedColumns } from './schema.ts';
import type { EditableTable } from './schema.ts';
import { isConstraintViolation, storeError } from './sqlite-error.ts';

export type RowValues = Readonly<Record<string, SQLInputValue>>;
type Columns = Record<string, SQLOutputValue>;

export interface Change {
  readonly table: EditableTable;
  readonly id: number;
  readonly before: Columns | null;
  readonly after: Columns | null;
}

export interface JournalEntry {
  readonly id: number;
  readonly scope: string;
  readonly label: string;
  readonly state: 'done' | 'undone' | 'dropped';
  readonly atMs: number;
  readonly changes: readonly Change[];
}

/** What a listener learns about an edit, an undo or a redo. */
export interface Committed {
  readonly scope: string;
  readonly label: string;
  readonly cause: 'edit' | 'undo' | 'redo';
  readonly changes: readonly Change[];
}

/** What may be taken back or done again in a scope; null: nothing. */
export interface UndoState {
  readonly undo: string | null;
  readonly redo: string | null;
}

export interface JournalOptions {
  readonly path: string;
  readonly now: () => number;
  /** Runs inside the transaction: indexes that follow the tables. */
  readonly beforeCommit?: (changes: readonly Change[]) => void;
  readonly afterCommit?: (committed: Committed) => void;
}

/** The writes of one act. */
export class Edit {
  readonly #database: DatabaseSync;
  readonly #changes: Change[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** @returns the new row's id */
  insert(table: EditableTable, values: RowValues): number {
    const names = Object.keys(values);
    const columns = names.map((name) => `"${name}"`).join(', ');
    const marks = names.map(() => '?').join(', ');
    const { lastInsertRowid } = this.#database
      .prepare(`INSERT INTO ${table} (${columns}) VALUES (${marks})`)
      .run(...Object.values(values));
    const id = Number(lastInsertRowid);
    this.#changes.push({ table, id, before: null, after: rowOf(this.#database, table, id) });
    return id;
  }

  /** Columns that keep their value are no change; without any, nothing is written. */
  update(table: EditableTable, id: number, values: RowValues): void {
    const row = rowOf(this.#database, table, id);
    if (row === null) throw rowMissing(table, id);
    const names = Object.keys(values).filter((name) => row[name] !== normal(values[name] ?? null));
    if (names.length === 0) return;
    const after = Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
    write(this.#database, table, id, after);
    const now = rowOf(this.#database, table, id) ?? {};
    const pick = (from: Columns): Columns =>
      Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
    this.#changes.push({ table, id, before: pick(row), after: pick(now) });
  }

  delete(table: EditableTable, id: number): void {
    const row = rowOf(this.#database, table, id);
    if (row === null) throw rowMissing(table, id);
    this.#database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
    this.#changes.push({ table, id, before: row, after: null });
  }
}

function normal(value: SQLInputValue): SQLOutputValue {
  return typeof value === 'bigint' ? Number(value) : (value as SQLOutputValue);
}

function rowOf(database: DatabaseSync, table: EditableTable, id: number): Columns | null {
  const row = database.prepare(`SELECT * FROM ${table} WHERE id = ?`).get(id);
  return row === undefined ? null : { ...row };
}

function write(database: DatabaseSync, table: EditableTable, id: number, values: RowValues): void {
  const settings = Object.keys(values).map((name) => `"${name}" = ?`);
  database
    .prepare(`UPDATE ${table} SET ${settings.join(', ')} WHERE id = ?`)
    .run(...Object.values(values), id);
}

function rowMissing(table: string, id: number): LensmithError {
  return new LensmithError('store/row-missing', `There is no entry ${id} in ${table}.`, {
    hint: 'It was deleted meanwhile; nothing was changed.',
  });
}

export class Journal {
  readonly #database: DatabaseSync;
  readonly #options: JournalOptions;
  #isEditing = false;

  constructor(database: DatabaseSync, options: JournalOptions) {
    this.#database = database;
    this.#options = options;
  }

  /**
   * Runs `work` as one act: all of it is written, or nothing.
   * @param scope what undo belongs to
   * @param label what the person did, as the undo menu says it: "Move box"
   * @param act joins further transactions of the same act
   * @throws what `work` throws, and the codes of storeError
   */
  edit<T>(scope: string, label: string, work: (edit: Edit) => T, act?: string): T {
    const edit = new Edit(this.#database);
    const result = this.#transaction(() => {
      const value = work(edit);
      if (edit.changes.length === 0) return value;
      this.#database
        .prepare(`UPDATE journal SET state = 'dropped' WHERE scope = ? AND state = 'undone'`)
        .run(scope);
      this.#append(scope, label, act ?? null, edit.changes);
      this.#options.beforeCommit?.(edit.changes);
      return value;
    });
    if (edit.changes.length > 0) this.#announce(scope, label, 'edit', edit.changes);
    return result;
  }

  /** What undo and redo would do. */
  state(scope: string): UndoState {
    return {
      undo: this.#next(scope, 'done')?.label ?? null,
      redo: this.#next(scope, 'undone')?.label ?? null,
    };
  }

  /** @throws store/nothing-to-undo, store/undo-conflict */
  undo(scope: string): UndoState {
    return this.#move(scope, 'done');
  }

  /** @throws store/nothing-to-undo, store/undo-conflict */
  redo(scope: string): UndoState {
    return this.#move(scope, 'undone');
  }

  /** Acts that touched a row, newest first. */
  history(table: EditableTable, id: number, limit = 200): JournalEntry[] {
    const rows = this.#database
      .prepare(
        `SELECT DISTINCT journal.* FROM journal_rows JOIN journal ON journal.id = journal_id
         WHERE table_name = ? AND row_id = ? ORDER BY journal.id DESC LIMIT ?`,
      )
      .all(table, id, limit);
    return rows.map(entryOf);
  }

  #append(scope: string, label: string, act: string | null, changes: readonly Change[]): void {
    const { lastInsertRowid } = this.#database
      .prepare(
        `INSERT INTO journal (scope, label, act, changes_json, state, at_ms)
         VALUES (?, ?, ?, ?, 'done', ?)`,
      )
      .run(scope, label, act, JSON.stringify(changes), this.#options.now());
    const touch = this.#database.prepare('INSERT INTO journal_rows VALUES (?, ?, ?)');
    for (const { table, id } of changes) touch.run(lastInsertRowid, table, id);
  }

  #next(scope: string, state: 'done' | 'undone'): (JournalEntry & { act: string | null }) | null {
    const order = state === 'done' ? 'DESC' : 'ASC';
    const row = this.#database
      .prepare(`SELECT * FROM journal WHERE scope = ? AND state = ? ORDER BY id ${order} LIMIT 1`)
      .get(scope, state);
    return row === undefined
      ? null
      : { ...entryOf(row), act: (row['act'] as string | null) ?? null };
  }

  #move(scope: string, from: 'done' | 'undone'): UndoState {
    const isUndo = from === 'done';
    const changes: Change[] = [];
    let label = '';
    this.#transaction(() => {
      let entry = this.#next(scope, from);
      if (entry === null) throw nothingTo(isUndo);
      const { act } = entry;
      label = entry.label;
      while (entry !== null) {
        const steps = isUndo ? entry.changes.map(inverse).reverse() : entry.changes;
        for (const change of steps) apply(this.#database, change);
        changes.push(...steps);
        this.#database
          .prepare('UPDATE journal SET state = ? WHERE id = ?')
          .run(isUndo ? 'undone' : 'done', entry.id);
        const following = act === null ? null : this.#next(scope, from);
        entry = following?.act === act ? following : null;
      }
      this.#options.beforeCommit?.(changes);
    });
    this.#announce(scope, label, isUndo ? 'undo' : 'redo', changes);
    return this.state(scope);
  }

  #transaction<T>(work: () => T): T {
    if (this.#isEditing) throw new Error('An edit inside an edit would be half of two acts.');
    this.#isEditing = true;
    try {
      return inTransaction(this.#database, work);
    } catch (error) {
      throw storeError(error, this.#options.path);
    } finally {
      this.#isEditing = false;
    }
  }

  #announce(
    scope: string,
    label: string,
    cause: Committed['cause'],
    changes: readonly Change[],
  ): void {
    this.#options.afterCommit?.({ scope, label, cause, changes });
  }
}

function entryOf(row: Record<string, SQLOutputValue>): JournalEntry {
  return {
    id: Number(row['id']),
    scope: String(row['scope']),
    label: String(row['label']),
    state: row['state'] as JournalEntry['state'],
    atMs: Number(row['at_ms']),
    changes: JSON.parse(String(row['changes_json'])) as Change[],
  };
}

function inverse({ table, id, before, after }: Change): Change {
  return { table, id, before: after, after: before };
}

/** Makes a change, provided that what it starts from still stands. */
function apply(database: DatabaseSync, { table, id, before, after }: Change): void {
  if (!(editableTables as readonly string[]).includes(table)) throw conflict(table, id);
  const row = rowOf(database, table, id);
  const isAsExpected =
    before === null
      ? row === null
      : row !== null &&
        Object.keys(before).every(
          (name) => row[name] === before[name] || observedColumns[table]?.includes(name) === true,
        );
  if (!isAsExpected) throw conflict(table, id);
  try {
    if (after === null) database.prepare(`DELETE FROM ${table} WHERE id = ?`).run(id);
    else if (before !== null) write(database, table, id, after);
    else {
      const columns = Object.keys(after).map((name) => `"${name}"`);
      const marks = columns.map(() => '?').join(', ');
      database
        .prepare(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`)
        .run(...Object.values(after));
    }
  } catch (error) {
    throw isConstraintViolation(error) ? conflict(table, id) : error;
  }
}

function nothingTo(isUndo: boolean): LensmithError {
  const word = isUndo ? 'undo' : 'redo';
  return new LensmithError('store/nothing-to-undo', `There is nothing to ${word} here.`);
}

function conflict(table: string, id: number): LensmithError {
  return new LensmithError(
    'store/undo-conflict',
    'This cannot be taken back: a later change elsewhere builds on it.',
    {
      got: `entry ${id} of ${table} is no longer as this step left it`,
      hint: 'Undo the later change first; nothing was changed now.',
    },
  );
}
