import { intersects } from './geometry/plane.ts';
import type { Rect } from './geometry/plane.ts';

/** Children of a node. */
const fanOut = 12;

interface Node<T> {
  readonly bounds: Rect;
  readonly children: readonly Node<T>[];
  readonly entries: readonly Entry<T>[];
}

interface Entry<T> {
  readonly bounds: Rect;
  readonly value: T;
}

const middleX = ({ bounds }: { bounds: Rect }): number => bounds.x + bounds.width / 2;
const middleY = ({ bounds }: { bounds: Rect }): number => bounds.y + bounds.height / 2;

function boundsAround(items: readonly { bounds: Rect }[]): Rect {
  let left = Infinity;
  let top = Infinity;
  let right = -Infinity;
  let bottom = -Infinity;
  for (const { bounds } of items) {
    left = Math.min(left, bounds.x);
    top = Math.min(top, bounds.y);
    right = Math.max(right, bounds.x + bounds.width);
    bottom = Math.max(bottom, bounds.y + bounds.height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Groups of neighbours: upright slices, each cut across. */
function tiles<N extends { bounds: Rect }>(items: readonly N[]): N[][] {
  const slices = Math.ceil(Math.sqrt(items.length / fanOut));
  const perSlice = Math.ceil(items.length / slices);
  const byX = items.toSorted((a, b) => middleX(a) - middleX(b));
  const groups: N[][] = [];
  for (let start = 0; start < byX.length; start += perSlice) {
    const slice = byX.slice(start, start + perSlice).sort((a, b) => middleY(a) - middleY(b));
    for (let i = 0; i < slice.length; i += fanOut) groups.push(slice.slice(i, i + fanOut));
  }
  return groups;
}

/**
 * Finds the rectangles that meet another one. An R-tree, packed once; shapes change one gesture at a
 * time, and packing a thousand takes a millisecond.
 * @source Leutenegger, Lopez and Edgington 1997, sort-tile-recursive packing
 */
export class SpatialIndex<T> {
  readonly #root: Node<T> | undefined;

  constructor(entries: readonly Entry<T>[]) {
    let level: Node<T>[] = tiles(entries).map((group) => ({
      bounds: boundsAround(group),
      children: [],
      entries: group,
    }));
    while (level.length > 1) {
      level = tiles(level).map((group) => ({
        bounds: boundsAround(group),
        children: group,
        entries: [],
      }));
    }
    this.#root = level[0];
  }

  /** In no particular order. */
  search(rect: Rect): T[] {
    const found: T[] = [];
    const open = this.#root === undefined ? [] : [this.#root];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      if (!intersects(node.bounds, rect)) continue;
      open.push(...node.children);
      for (const { bounds, value } of node.entries) if (intersects(bounds, rect)) found.push(value);
    }
    return found;
  }
}
