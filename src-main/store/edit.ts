/** The writes of one act. */
import type { SQLInputValue, SQLOutputValue } from 'node:sqlite';
import { LensmithError } from '../base/errors.ts';
import { grouped } from './changes.ts';
import type { Change, Columns, RowValues, Statements } from './changes.ts';
import type { EditableTable } from './schema.ts';

export class Edit {
  readonly #statements: Statements;
  readonly #changes: Change[] = [];

  constructor(statements: Statements) {
    this.#statements = statements;
  }

  get changes(): readonly Change[] {
    return this.#changes;
  }

  /** @returns the new row's id */
  insert(table: EditableTable, values: RowValues): number {
    const after = this.#statements.insert(table, values);
    const id = Number(after['id']);
    this.#changes.push({ table, id, before: null, after });
    return id;
  }

  /** Columns that keep their value are no change; without any, nothing is written. */
  update(table: EditableTable, id: number, values: RowValues): void {
    if (this.#statements.row(table, id) === null) throw rowMissing(table, id);
    this.updateAll(table, [id], values);
  }

  /** Rows that are gone are passed over. @returns how many changed */
  updateAll(table: EditableTable, ids: readonly number[], values: RowValues): number {
    const rows = this.#statements.rows(table, ids);
    let changed = 0;
    const byNames = grouped(rows, ([, row]) =>
      Object.keys(values)
        .filter((name) => row[name] !== normal(values[name] ?? null))
        .join(),
    );
    for (const [joined, group] of byNames) {
      if (joined === '') continue;
      const names = joined.split(',');
      const groupIds = group.map(([id]) => id);
      const wanted = Object.fromEntries(names.map((name) => [name, values[name] ?? null]));
      this.#statements.update(table, groupIds, wanted);
      const now = this.#statements.rows(table, groupIds);
      const pick = (from: Columns): Columns =>
        Object.fromEntries(names.map((name) => [name, from[name] ?? null]));
      for (const [id, row] of group) {
        this.#changes.push({ table, id, before: pick(row), after: pick(now.get(id) ?? {}) });
      }
      changed += group.length;
    }
    return changed;
  }

  delete(table: EditableTable, id: number): void {
    if (this.deleteAll(table, [id]) === 0) throw rowMissing(table, id);
  }

  /** Rows that are gone are passed over. @returns how many there were */
  deleteAll(table: EditableTable, ids: readonly number[]): number {
    const rows = this.#statements.rows(table, ids);
    this.#statements.delete(table, [...rows.keys()]);
    for (const [id, before] of rows) this.#changes.push({ table, id, before, after: null });
    return rows.size;
  }
}

function normal(value: SQLInputValue): SQLOutputValue {
  return typeof value === 'bigint' ? Number(value) : (value as SQLOutputValue);
}

function rowMissing(table: string, id: number): LensmithError {
  return new LensmithError('store/row-missing', `There is no entry ${id} in ${table}.`, {
    hint: 'It was deleted meanwhile; nothing was changed.',
  });
}
