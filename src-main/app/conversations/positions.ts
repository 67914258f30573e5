import type { Edit } from '../../store/journal.ts';
import type { EditableTable } from '../../store/schema.ts';

interface Placed {
  readonly id: number;
  readonly position: number;
}

/** Below, numbers in between run out; all rows are then numbered anew. */
const smallestGap = 1e-6;

/**
 * A position before row `index` of a list (its length: after the last), for a new row or a moved one.
 * @param rows in their order, without the row that moves
 */
export function positionAt(
  edit: Edit,
  table: EditableTable,
  rows: readonly Placed[],
  index: number,
): number {
  const before = rows[index - 1]?.position;
  const after = rows[index]?.position;
  if (after === undefined) return (before ?? 0) + 1;
  if (before === undefined) return after - 1;
  if (after - before > smallestGap) return (before + after) / 2;
  for (const [i, { id }] of rows.entries()) edit.update(table, id, { position: 2 * i });
  return 2 * index - 1;
}
