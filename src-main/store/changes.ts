/** Changes of rows: how they are kept, taken back, and made again. */
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { LensmithError } from '../base/errors.ts';
import { editableTables, observedColumns } from './schema.ts';
import type { EditableTable } from './schema.ts';
import { isConstraintViolation } from './sqlite-error.ts';

export type RowValues = Readonly<Record<string, SQLInputValue>>;
export type Columns = Record<string, SQLOutputValue>;

/** One row of one table: its columns before and after; null: the row was not, or is no longer. */
export interface Change {
  readonly table: EditableTable;
  readonly id: number;
  readonly before: Columns | null;
  readonly after: Columns | null;
}

/** Statements of one database, each prepared once. */
export class Statements {
  readonly #database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  row(table: EditableTable, id: number): Columns | null {
    const row = this.of(`SELECT * FROM ${table} WHERE id = ?`).get(id);
    return row === undefined ? null : { ...row };
  }

  /** Those of these rows that there are, by id. */
  rows(table: EditableTable, ids: readonly number[]): Map<number, Columns> {
    if (ids.length === 1) {
      const row = this.row(table, ids[0] as number);
      return new Map(row === null ? [] : [[ids[0] as number, row]]);
    }
    const found = this.of(`SELECT * FROM ${table} WHERE ${among}`).all(JSON.stringify(ids));
    return new Map(found.map((row) => [Number(row['id']), { ...row }]));
  }

  insert(table: EditableTable, values: RowValues): Columns {
    const names = Object.keys(values);
    const columns = names.map((name) => `"${name}"`).join(', ');
    const marks = names.map(() => '?').join(', ');
    const sql = `INSERT INTO ${table} (${columns}) VALUES (${marks}) RETURNING *`;
    return { ...this.of(sql).get(...Object.values(values)) };
  }

  /** The same values for all of these rows. */
  update(table: EditableTable, ids: readonly number[], values: RowValues): void {
    const settings = Object.keys(values).map((name) => `"${name}" = ?`);
    const [only] = ids;
    const where = ids.length === 1 ? 'id = ?' : among;
    const which = ids.length === 1 ? (only as number) : JSON.stringify(ids);
    const sql = `UPDATE ${table} SET ${settings.join(', ')} WHERE ${where}`;
    this.of(sql).run(...Object.values(values), which);
  }

  delete(table: EditableTable, ids: readonly number[]): void {
    this.of(`DELETE FROM ${table} WHERE ${among}`).run(JSON.stringify(ids));
  }
}

const among = 'id IN (SELECT value FROM json_each(?))';

export function inverse({ table, id, before, after }: Change): Change {
  return { table, id, before: after, after: before };
}

const kindOf = ({ before, after }: Change): string =>
  before === null ? 'insert' : after === null ? 'delete' : `update ${Object.keys(after).join()}`;

/** Stretches of changes that are alike and touch no row twice: each is made by few statements. */
function* alike(changes: readonly Change[]): Generator<Change[]> {
  let run: Change[] = [];
  let ids = new Set<number>();
  for (const change of changes) {
    const [first] = run;
    const fits =
      first?.table === change.table && kindOf(first) === kindOf(change) && !ids.has(change.id);
    if (!fits) {
      if (run.length > 0) yield run;
      run = [];
      ids = new Set();
    }
    run.push(change);
    ids.add(change.id);
  }
  if (run.length > 0) yield run;
}

/**
 * Throws unless what the changes start from still stands.
 * @param passed rows that need not be looked at; those of the changes are added
 * @throws store/undo-conflict
 */
export function expectStanding(
  statements: Statements,
  changes: readonly Change[],
  passed?: Set<string>,
): void {
  for (const run of alike(changes)) {
    const [{ table }] = run as [Change];
    if (!(editableTables as readonly string[]).includes(table)) throw conflict(run[0]);
    const keyOf = ({ id }: Change): string => `${table} ${id}`;
    const asked = passed === undefined ? run : run.filter((one) => !passed.has(keyOf(one)));
    const rows = statements.rows(
      table,
      asked.map(({ id }) => id),
    );
    for (const change of asked) {
      if (!stands(change, rows.get(change.id))) throw conflict(change);
      passed?.add(keyOf(change));
    }
  }
}

function stands({ table, before }: Change, row: Columns | undefined): boolean {
  if (before === null || row === undefined) return before === null && row === undefined;
  const isObserved = (name: string): boolean => observedColumns[table]?.includes(name) === true;
  return Object.keys(before).every((name) => row[name] === before[name] || isObserved(name));
}

/**
 * Makes changes in their order, provided that what each starts from stands.
 * @throws store/undo-conflict
 */
export function applyChanges(statements: Statements, changes: readonly Change[]): void {
  for (const run of alike(changes)) {
    expectStanding(statements, run);
    try {
      write(statements, run);
    } catch (error) {
      throw isConstraintViolation(error) ? conflict(run[0]) : error;
    }
  }
}

function write(statements: Statements, run: readonly Change[]): void {
  const { table, before, after } = run[0] as Change;
  const ids = run.map(({ id }) => id);
  if (after === null) statements.delete(table, ids);
  else if (before === null) for (const row of run) statements.insert(table, row.after as Columns);
  else if (table !== 'items') {
    // In their order: names that must differ may go from one row to the next.
    for (const row of run) statements.update(table, [row.id], row.after as Columns);
  } else {
    for (const group of grouped(run, (row) => JSON.stringify(row.after)).values()) {
      const [first] = group as [Change];
      const together = group.map(({ id }) => id);
      statements.update(table, together, first.after as Columns);
    }
  }
}

/** Things with the same key together, in the order in which the keys came. */
export function grouped<T>(things: Iterable<T>, keyOf: (thing: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return groups;
}

function conflict(change: Change | undefined): LensmithError {
  return new LensmithError(
    'store/undo-conflict',
    'This cannot be taken back: a later change elsewhere builds on it.',
    {
      got: `entry ${change?.id} of ${change?.table} is no longer as this step left it`,
      hint: 'Undo the later change first; nothing was changed now.',
    },
  );
}
