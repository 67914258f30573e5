/**
 * Every edit is written with its inverse, in the transaction that makes it: undo and redo survive a
 * restart, and a process killed at any moment loses at most the act that was not answered yet.
 *
 * A change is one row of one table: its columns before and after (null: the row was not, or is no
 * longer). Undo and redo work by scope (`library`, `item:12`, …), so that taking a stroke back on one
 * picture does not touch another.
 */
import { randomUUID } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { LensmithError } from '../base/errors.ts';
import { applyChanges, expectStanding, Statements } from './changes.ts';
import type { Change } from './changes.ts';
import { inTransaction } from './database.ts';
import { Edit } from './edit.ts';
import { JournalEntries, steps } from './journal-entries.ts';
import type { Entry, JournalEntry, Move } from './journal-entries.ts';
import type { EditableTable } from './schema.ts';
import { storeError } from './sqlite-error.ts';

export type { Change, RowValues } from './changes.ts';
export type { Edit } from './edit.ts';
export type { JournalEntry } from './journal-entries.ts';

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
  /** Runs inside each transaction: indexes that follow the tables. @returns the items it touches */
  readonly beforeCommit: (changes: readonly Change[]) => Iterable<number>;
  /** After each transaction. */
  readonly afterWrite: (changes: readonly Change[], itemIds: readonly number[]) => void;
  /** Once for each act, of however many transactions. */
  readonly afterCommit: (committed: Committed, itemIds: readonly number[]) => void;
}

/** What the transactions of an act have written so far. */
interface Written {
  readonly changes: Change[];
  readonly itemIds: Set<number>;
}

export class Journal {
  readonly #database: DatabaseSync;
  readonly #statements: Statements;
  readonly #entries: JournalEntries;
  readonly #options: JournalOptions;
  #isEditing = false;
  /** Moves that go piece by piece, one after another. */
  #moving: Promise<unknown> = Promise.resolve();
  /** The act that one of them is at. */
  #movingAct: string | null = null;

  constructor(database: DatabaseSync, options: JournalOptions) {
    this.#database = database;
    this.#statements = new Statements(database);
    this.#entries = new JournalEntries(this.#statements, options.now);
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
    const written: Written = { changes: [], itemIds: new Set() };
    const result = this.#edit(scope, label, work, act ?? null, written);
    this.#announce(scope, label, 'edit', written);
    return result;
  }

  /**
   * Runs many works as one act, each in a transaction of its own; between two of them others have
   * their turn. When one throws, what was written before it stays, and one undo takes it back.
   * @throws as edit
   */
  async editInPieces(
    scope: string,
    label: string,
    works: Iterable<(edit: Edit) => void>,
  ): Promise<void> {
    const act = randomUUID();
    const written: Written = { changes: [], itemIds: new Set() };
    try {
      for (const work of works) {
        this.#edit(scope, label, work, act, written);
        await setImmediate();
      }
    } finally {
      this.#announce(scope, label, 'edit', written);
    }
  }

  #edit<T>(
    scope: string,
    label: string,
    work: (edit: Edit) => T,
    act: string | null,
    written: Written,
  ): T {
    const edit = new Edit(this.#statements);
    return this.#write(written, () => {
      const value = work(edit);
      if (edit.changes.length > 0) {
        this.#entries.dropUndone(scope, this.#movingAct);
        this.#entries.append(scope, label, act, edit.changes);
      }
      return { value, changes: edit.changes };
    });
  }

  /** What undo and redo would do. */
  state(scope: string): UndoState {
    return {
      undo: this.#entries.next(scope, 'undo')?.label ?? null,
      redo: this.#entries.next(scope, 'redo')?.label ?? null,
    };
  }

  /** @throws store/nothing-to-undo, store/undo-conflict */
  undo(scope: string): UndoState {
    return this.#moveAtOnce(scope, 'undo');
  }

  /** @throws store/nothing-to-undo, store/undo-conflict */
  redo(scope: string): UndoState {
    return this.#moveAtOnce(scope, 'redo');
  }

  /**
   * As undo and redo, an act of many transactions by as many: between two of them others have their
   * turn. Whether all of it can be moved is looked at first; what comes meanwhile and makes it
   * impossible ends it where it is, and the rest can still be moved.
   * @throws store/nothing-to-undo, store/undo-conflict
   */
  moveInPieces(scope: string, move: Move): Promise<UndoState> {
    const moved = this.#moving.then(() => this.#moveAct(scope, move));
    this.#moving = moved.catch(() => undefined);
    return moved;
  }

  /** Acts that touched a row, newest first. */
  history(table: EditableTable, id: number, limit = 200): JournalEntry[] {
    return this.#entries.touching(table, id, limit);
  }

  #moveAtOnce(scope: string, move: Move): UndoState {
    const first = this.#first(scope, move);
    const written: Written = { changes: [], itemIds: new Set() };
    this.#write(written, () => {
      const changes: Change[] = [];
      for (
        let entry: Entry | null = first;
        entry !== null;
        entry = this.#entries.following(entry, move)
      ) {
        changes.push(...this.#moveEntry(entry, move));
      }
      return { value: undefined, changes };
    });
    this.#announce(scope, first.label, move, written);
    return this.state(scope);
  }

  async #moveAct(scope: string, move: Move): Promise<UndoState> {
    const first = this.#first(scope, move);
    if (first.act === null) return this.#moveAtOnce(scope, move);
    const written: Written = { changes: [], itemIds: new Set() };
    this.#movingAct = first.act;
    try {
      await this.#expectMovable(first, move);
      for (
        let entry: Entry | null = first;
        entry !== null;
        entry = this.#entries.following(entry, move)
      ) {
        const moved = entry;
        this.#write(written, () => ({ value: 0, changes: this.#moveEntry(moved, move) }));
        await setImmediate();
      }
    } finally {
      this.#movingAct = null;
      this.#announce(scope, first.label, move, written);
    }
    return this.state(scope);
  }

  async #expectMovable(first: Entry, move: Move): Promise<void> {
    const passed = new Set<string>();
    for (const entry of this.#entries.ofAct(first, move)) {
      expectStanding(this.#statements, steps(entry, move), passed);
      await setImmediate();
    }
  }

  #first(scope: string, move: Move): Entry {
    const entry = this.#entries.next(scope, move);
    if (entry === null) throw nothingTo(move);
    return entry;
  }

  #moveEntry(entry: Entry, move: Move): readonly Change[] {
    const changes = steps(entry, move);
    applyChanges(this.#statements, changes);
    this.#entries.markMoved(entry, move);
    return changes;
  }

  /** One transaction, with the indexes that follow it. */
  #write<T>(
    written: Written,
    work: () => { readonly value: T; readonly changes: readonly Change[] },
  ): T {
    let itemIds: readonly number[] = [];
    const { value, changes } = this.#transaction(() => {
      const outcome = work();
      if (outcome.changes.length > 0) itemIds = [...this.#options.beforeCommit(outcome.changes)];
      return outcome;
    });
    if (changes.length > 0) this.#options.afterWrite(changes, itemIds);
    for (const change of changes) written.changes.push(change);
    for (const id of itemIds) written.itemIds.add(id);
    return value;
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

  #announce(scope: string, label: string, cause: Committed['cause'], written: Written): void {
    const { changes, itemIds } = written;
    if (changes.length === 0) return;
    this.#options.afterCommit({ scope, label, cause, changes }, [...itemIds]);
  }
}

function nothingTo(move: Move): LensmithError {
  return new LensmithError('store/nothing-to-undo', `There is nothing to ${move} here.`);
}
