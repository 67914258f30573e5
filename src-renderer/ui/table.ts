/** A column of a table. */
export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  /** What stands in the cell, unless the table has a snippet for it. */
  readonly text: (row: Row) => string;
  /** What it is sorted by; a column without it is not sortable. */
  readonly sortBy?: (row: Row) => string | number | null;
  /** Numbers stand at the end. */
  readonly align?: 'start' | 'end';
  /** CSS width, `120px`, `20%`. */
  readonly width?: string;
}

export interface Order {
  readonly column: string;
  readonly isDescending: boolean;
}

/** Rows in order, text by the language's rules with numbers in it as numbers; empty values last. */
export function sortedRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  order: Order | undefined,
): readonly Row[] {
  const sortBy = columns.find(({ id }) => id === order?.column)?.sortBy;
  if (sortBy === undefined || order === undefined) return rows;
  const words = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const sign = order.isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, value: sortBy(row) }))
    .sort((a, b) => {
      if (a.value === null || b.value === null) {
        return Number(a.value === null) - Number(b.value === null);
      }
      const isNumeric = typeof a.value === 'number' && typeof b.value === 'number';
      if (isNumeric) return sign * (Number(a.value) - Number(b.value));
      return sign * words.compare(String(a.value), String(b.value));
    })
    .map(({ row }) => row);
}

/** The order after a press on a column's head: up, down, then as it came. */
export function nextOrder(order: Order | undefined, column: string): Order | undefined {
  if (order?.column !== column) return { column, isDescending: false };
  return order.isDescending ? undefined : { column, isDescending: true };
}
