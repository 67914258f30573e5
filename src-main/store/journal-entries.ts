/** The journal's own tables: what was done, by scope, and which rows each act touched. */
import type { SQLOutputValue } from 'node:sqlite';
import { grouped, inverse } from './changes.ts';
import type { Change, Statements } from './changes.ts';
import type { EditableTable } from './schema.ts';

export interface JournalEntry {
  readonly id: number;
  readonly scope: string;
  readonly label: string;
  readonly state: 'done' | 'undone' | 'dropped';
  readonly atMs: number;
  readonly changes: readonly Change[];
}

/** `act` joins the transactions of one act; null: it has but this one. */
export type Entry = JournalEntry & { readonly act: string | null };

export type Move = 'undo' | 'redo';

/** What a move is of, and which comes first. */
const moves = {
  undo: { of: 'done', to: 'undone', order: 'DESC' },
  redo: { of: 'undone', to: 'done', order: 'ASC' },
} as const;

export class JournalEntries {
  readonly #statements: Statements;
  readonly #now: () => number;

  constructor(statements: Statements, now: () => number) {
    this.#statements = statements;
    this.#now = now;
  }

  append(scope: string, label: string, act: string | null, changes: readonly Change[]): void {
    const { lastInsertRowid } = this.#statements
      .of(
        `INSERT INTO journal (scope, label, act, changes_json, state, at_ms)
         VALUES (?, ?, ?, ?, 'done', ?)`,
      )
      .run(scope, label, act, JSON.stringify(changes), this.#now());
    const touch = this.#statements.of(
      'INSERT INTO journal_rows SELECT ?, ?, value FROM json_each(?)',
    );
    for (const [table, rows] of grouped(changes, (change) => change.table)) {
      touch.run(lastInsertRowid, table, JSON.stringify(rows.map(({ id }) => id)));
    }
  }

  /** What was undone in a scope cannot be done again, but for the act `except`. */
  dropUndone(scope: string, except: string | null): void {
    this.#statements
      .of(
        `UPDATE journal SET state = 'dropped'
         WHERE scope = ? AND state = 'undone' AND act IS NOT coalesce(?, '')`,
      )
      .run(scope, except);
  }

  /** The entry that a move would be of; of an act: its next. */
  next(scope: string, move: Move, act: string | null = null): Entry | null {
    const { of, order } = moves[move];
    const row = this.#statements
      .of(
        `SELECT * FROM journal WHERE scope = ? AND state = ? AND (? IS NULL OR act = ?)
         ORDER BY id ${order} LIMIT 1`,
      )
      .get(scope, of, act, act);
    return row === undefined ? null : entryOf(row);
  }

  /** After an entry that was moved, the next of its act. */
  following({ scope, act }: Entry, move: Move): Entry | null {
    return act === null ? null : this.next(scope, move, act);
  }

  /** All that a move of an act would be of, each read when it is its turn. */
  *ofAct({ scope, act }: Entry, move: Move): Generator<Entry> {
    const { of, order } = moves[move];
    const ids = this.#statements
      .of(`SELECT id FROM journal WHERE scope = ? AND act = ? AND state = ? ORDER BY id ${order}`)
      .all(scope, act, of);
    const entry = this.#statements.of('SELECT * FROM journal WHERE id = ?');
    for (const { id } of ids) {
      const row = entry.get(Number(id));
      if (row !== undefined) yield entryOf(row);
    }
  }

  markMoved({ id }: Entry, move: Move): void {
    this.#statements.of('UPDATE journal SET state = ? WHERE id = ?').run(moves[move].to, id);
  }

  /** Acts that touched a row, newest first. */
  touching(table: EditableTable, id: number, limit: number): JournalEntry[] {
    const rows = this.#statements
      .of(
        `SELECT DISTINCT journal.* FROM journal_rows JOIN journal ON journal.id = journal_id
         WHERE table_name = ? AND row_id = ? ORDER BY journal.id DESC LIMIT ?`,
      )
      .all(table, id, limit);
    return rows.map(entryOf);
  }
}

/** What a move does to the rows of an entry, in order. */
export function steps({ changes }: JournalEntry, move: Move): readonly Change[] {
  return move === 'undo' ? changes.map(inverse).reverse() : changes;
}

function entryOf(row: Record<string, SQLOutputValue>): Entry {
  const { act } = row;
  return {
    id: Number(row['id']),
    scope: String(row['scope']),
    label: String(row['label']),
    state: row['state'] as JournalEntry['state'],
    atMs: Number(row['at_ms']),
    changes: JSON.parse(String(row['changes_json'])) as Change[],
    act: act === null || act === undefined ? null : String(act),
  };
}
