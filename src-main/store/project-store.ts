import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { inTransaction, openDatabase } from './database.ts';
import type { OpenOptions } from './database.ts';
import { Journal } from './journal.ts';
import type { Change, Committed } from './journal.ts';
import { storeError } from './sqlite-error.ts';
import { changesWords, indexWords, touchedItems } from './word-index.ts';

export interface StoreOptions extends OpenOptions {
  readonly now: () => number;
  readonly onCommitted?: (committed: Committed, itemIds: readonly number[]) => void;
}

export type Follower = (changes: readonly Change[], itemIds: readonly number[]) => void;

export type Row = Record<string, SQLOutputValue>;

/**
 * The open file of a project. Reading is by `all` and `get` with SQL in the query modules beside this
 * one; a person's edits go through `journal`, records of what happened (runs, chats) through `run`.
 */
export class ProjectStore implements Disposable {
  readonly path: string;
  readonly journal: Journal;
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #followers: Follower[] = [];

  /** @throws the codes of openDatabase */
  constructor(path: string, options: StoreOptions) {
    this.path = path;
    this.#database = openDatabase(path, options);
    this.journal = new Journal(this.#database, {
      path,
      now: options.now,
      beforeCommit: (changes) => {
        indexWords(this.#database, touchedItems(this.#database, changes.filter(changesWords)));
        return touchedItems(this.#database, changes);
      },
      afterWrite: (changes, itemIds) => {
        for (const follower of this.#followers) follower(changes, itemIds);
      },
      afterCommit: (committed, itemIds) => options.onCommitted?.(committed, itemIds),
    });
  }

  /** Hears of each transaction of the journal once it stands: for what is derived from the tables. */
  follow(follower: Follower): void {
    this.#followers.push(follower);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#guard(() => this.#statement(sql).all(...values));
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#guard(() => this.#statement(sql).get(...values));
  }

  /** As `all`, each row as the list of its columns: three times as quick where there are many. */
  lists(sql: string, ...values: SQLInputValue[]): SQLOutputValue[][] {
    return this.#guard(() => {
      const statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      // The types know only objects.
      return statement.all(...values) as unknown as SQLOutputValue[][];
    });
  }

  /** A write outside the journal. @returns the id of an inserted row */
  run(sql: string, ...values: SQLInputValue[]): number {
    return this.#guard(() => Number(this.#statement(sql).run(...values).lastInsertRowid));
  }

  /** Several writes outside the journal, all or none. */
  transaction<T>(work: () => T): T {
    return this.#guard(() => inTransaction(this.#database, work));
  }

  /** How many rows were written since the file was opened: the same number, the same contents. */
  get written(): number {
    return Number(this.get('SELECT total_changes() AS n')?.['n']);
  }

  readMeta(key: string): string | undefined {
    const value = this.get('SELECT value FROM meta WHERE key = ?', key)?.['value'];
    return value === undefined ? undefined : String(value);
  }

  writeMeta(key: string, value: string): void {
    this.run(
      'INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
      key,
      value,
    );
  }

  [Symbol.dispose](): void {
    this.#statements.clear();
    this.#database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.path);
    }
  }
}
