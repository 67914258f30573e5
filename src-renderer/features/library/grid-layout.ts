/** Where the pictures of a grid stand. Plain numbers in typed arrays: quick for a million items. */

/** How closely pictures stand: rows of their own widths, or small squares. */
export type Density = 'large' | 'normal' | 'dense';

interface DensityRule {
  /** Height of a row in pixels, before it is stretched to the full width. */
  readonly height: number;
  readonly gap: number;
  readonly isUniform: boolean;
}

export const densities: Readonly<Record<Density, DensityRule>> = {
  large: { height: 260, gap: 6, isUniform: false },
  normal: { height: 164, gap: 4, isUniform: false },
  dense: { height: 88, gap: 2, isUniform: true },
};

export interface Layout {
  readonly rows: number;
  /** Place in the list of the first item of each row, and the count at the end: [rows + 1]. */
  readonly first: Int32Array;
  /** Top of each row in pixels, and the height of all at the end: [rows + 1]. */
  readonly top: Float64Array;
  /** Height of the pictures of each row: [rows]. */
  readonly height: Float32Array;
  readonly gap: number;
  readonly isUniform: boolean;
  readonly width: number;
}

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Panoramas and strips get no more room than this; the tile shows their middle. */
const narrowest = 0.45;
const widest = 3.2;

/** The aspect that a tile has, from thousandths. */
export function tileAspect(thousandths: number): number {
  return Math.min(widest, Math.max(narrowest, thousandths / 1000));
}

/** Rows are filled until they are as wide as the grid, then scaled to be it exactly. */
export function layOut(aspects: Uint16Array, width: number, density: Density): Layout {
  const rule = densities[density];
  return rule.isUniform
    ? uniform(aspects.length, width, rule)
    : justified(aspects, Math.max(1, width), rule);
}

function uniform(count: number, width: number, { height, gap }: DensityRule): Layout {
  const columns = Math.max(1, Math.floor((width + gap) / (height + gap)));
  const side = (width - gap * (columns - 1)) / columns;
  const rows = Math.ceil(count / columns);
  return {
    rows,
    first: Int32Array.from({ length: rows + 1 }, (_, row) => Math.min(count, row * columns)),
    top: Float64Array.from({ length: rows + 1 }, (_, row) => row * (side + gap)),
    height: new Float32Array(rows).fill(side),
    ...{ gap, isUniform: true, width },
  };
}

function justified(aspects: Uint16Array, width: number, { height, gap }: DensityRule): Layout {
  const first: number[] = [0];
  const top: number[] = [0];
  const heights: number[] = [];
  let y = 0;
  let sum = 0;
  let start = 0;
  const close = (end: number, rowHeight: number): void => {
    heights.push(rowHeight);
    y += rowHeight + gap;
    first.push(end);
    top.push(y);
    start = end;
    sum = 0;
  };
  for (let at = 0; at < aspects.length; at += 1) {
    sum += tileAspect(aspects[at] ?? 1000);
    const room = width - gap * (at - start);
    if (sum * height >= room) close(at + 1, room / sum);
  }
  // The last row keeps the usual height rather than blow up what is left.
  if (start < aspects.length) close(aspects.length, height);
  return {
    rows: heights.length,
    first: Int32Array.from(first),
    top: Float64Array.from(top),
    height: Float32Array.from(heights),
    ...{ gap, isUniform: false, width },
  };
}

/** The rows [from, to) that a stretch of the grid touches. */
export function rowsBetween(layout: Layout, fromY: number, toY: number): [number, number] {
  return [rowAt(layout, fromY), Math.min(layout.rows, rowAt(layout, toY) + 1)];
}

/** The row at a height, by bisection. */
export function rowAt({ rows, top }: Layout, y: number): number {
  let low = 0;
  let high = Math.max(0, rows - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((top[middle] ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The row that an item is in, by its place in the list. */
export function rowOf({ rows, first }: Layout, place: number): number {
  let low = 0;
  let high = Math.max(0, rows - 1);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((first[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The places of a row's pictures, from left to right. */
export function placesOf(layout: Layout, aspects: Uint16Array, row: number): Place[] {
  const height = layout.height[row] ?? 0;
  const y = layout.top[row] ?? 0;
  const places: Place[] = [];
  let x = 0;
  for (let at = layout.first[row] ?? 0; at < (layout.first[row + 1] ?? 0); at += 1) {
    const width = layout.isUniform ? height : height * tileAspect(aspects[at] ?? 1000);
    places.push({ x, y, width, height });
    x += width + layout.gap;
  }
  return places;
}

/** A stretch of the ground, in pixels from the first picture. */
export interface Ground {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Places in the list of the pictures that a rectangle touches, also of rows that are not drawn. */
export function placesWithin(layout: Layout, aspects: Uint16Array, ground: Ground): number[] {
  const { first, top, height, gap, isUniform } = layout;
  const found: number[] = [];
  const [from, to] = rowsBetween(layout, ground.top, ground.bottom);
  for (let row = from; row < to; row += 1) {
    const [rowTop, rowHeight] = [top[row] ?? 0, height[row] ?? 0];
    if (rowTop > ground.bottom || rowTop + rowHeight < ground.top) continue;
    let x = 0;
    for (let at = first[row] ?? 0; at < (first[row + 1] ?? 0) && x <= ground.right; at += 1) {
      const width = isUniform ? rowHeight : rowHeight * tileAspect(aspects[at] ?? 1000);
      if (x + width >= ground.left) found.push(at);
      x += width + gap;
    }
  }
  return found;
}

/** The item below or above another: the one in the next row whose middle is nearest. */
export function verticalNeighbour(
  layout: Layout,
  aspects: Uint16Array,
  place: number,
  by: 1 | -1,
): number {
  const row = rowOf(layout, place);
  const target = row + by;
  if (target < 0 || target >= layout.rows) return place;
  const own = placesOf(layout, aspects, row)[place - (layout.first[row] ?? 0)];
  const middle = own === undefined ? 0 : own.x + own.width / 2;
  let best = 0;
  let bestDistance = Infinity;
  placesOf(layout, aspects, target).forEach(({ x, width }, at) => {
    const distance = Math.abs(x + width / 2 - middle);
    if (distance < bestDistance) [best, bestDistance] = [at, distance];
  });
  return (layout.first[target] ?? 0) + best;
}
