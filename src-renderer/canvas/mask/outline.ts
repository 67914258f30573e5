import { forEachSpan } from './run-lengths.ts';
import type { Mask } from './run-lengths.ts';

type Pairs = readonly number[];

/**
 * The border of a mask as straight pieces, four numbers each: x1, y1, x2, y2. Upright pieces that
 * continue from row to row are one.
 */
export function maskBorder(mask: Mask): Float64Array {
  const rows = new Map<number, number[]>();
  forEachSpan(mask, (row, start, end) => {
    const pairs = rows.get(row);
    if (pairs === undefined) rows.set(row, [start, end]);
    else if (pairs.at(-1) === start) pairs[pairs.length - 1] = end;
    else pairs.push(start, end);
  });
  const pieces: number[] = [];
  const open = new Map<number, number>();
  let above: Pairs = [];
  for (let y = mask.y; y <= mask.y + mask.height; y++) {
    const row = rows.get(y) ?? [];
    levelPieces(above, row, y, pieces);
    closeUprights(open, new Set(row), y, pieces);
    for (const x of row) if (!open.has(x)) open.set(x, y);
    above = row;
  }
  closeUprights(open, new Set(), mask.y + mask.height, pieces);
  return Float64Array.from(pieces);
}

function closeUprights(
  open: Map<number, number>,
  goesOn: ReadonlySet<number>,
  y: number,
  pieces: number[],
): void {
  for (const [x, since] of open) {
    if (goesOn.has(x)) continue;
    pieces.push(x, since, x, y);
    open.delete(x);
  }
}

/** Level pieces lie where one of two neighbouring rows has paint and the other has none. */
function levelPieces(above: Pairs, below: Pairs, y: number, pieces: number[]): void {
  const ends = [...above, ...below].sort((a, b) => a - b);
  for (let i = 0; i + 1 < ends.length; i += 2) {
    const from = ends[i] ?? 0;
    const to = ends[i + 1] ?? 0;
    if (to > from) pieces.push(from, y, to, y);
  }
}
