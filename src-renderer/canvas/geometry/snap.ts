import { distance, inflated, nearestOnSegment } from './plane.ts';
import { outlineOf } from './outline.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point, Rect, Size } from './plane.ts';

/** What showed where something snapped, to be drawn while it does. */
export interface SnapGuides {
  /** An upright line through the picture. */
  readonly x?: number;
  readonly y?: number;
  /** A corner or a place on an edge. */
  readonly point?: Point;
}

export interface Snapped {
  readonly point: Point;
  readonly guides: SnapGuides;
}

/** Sides and corners that a point or a rectangle may snap to. */
export interface SnapTargets {
  /** In increasing order. */
  readonly xs: readonly number[];
  readonly ys: readonly number[];
  /** Geometries whose corners and edges may lie in `around`. */
  near(around: Rect): readonly Geometry[];
}

/** The picture's edges, and the upright sides of the boxes given. */
export function snapTargets(
  picture: Size,
  geometries: readonly Geometry[],
  near: SnapTargets['near'],
): SnapTargets {
  const xs = [0, picture.width];
  const ys = [0, picture.height];
  for (const geometry of geometries) {
    if (geometry.kind !== 'box') continue;
    xs.push(geometry.x, geometry.x + geometry.width);
    ys.push(geometry.y, geometry.y + geometry.height);
  }
  const ascending = (a: number, b: number): number => a - b;
  return { xs: xs.sort(ascending), ys: ys.sort(ascending), near };
}

/** The entry of `sorted` nearest to `value` within `tolerance`. */
function nearestWithin(sorted: readonly number[], value: number, tolerance: number) {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const half = (low + high) >> 1;
    if ((sorted[half] ?? Infinity) < value) low = half + 1;
    else high = half;
  }
  const best = [sorted[low - 1], sorted[low]]
    .filter((entry) => entry !== undefined)
    .sort((a, b) => Math.abs(a - value) - Math.abs(b - value))[0];
  return best !== undefined && Math.abs(best - value) <= tolerance ? best : undefined;
}

/** The corner nearest to `point`, or else the place nearest on an edge that is not upright. */
function nearestMark(point: Point, targets: SnapTargets, tolerance: number): Point | undefined {
  let corner: Point | undefined;
  let onEdge: Point | undefined;
  let cornerAway = tolerance;
  let edgeAway = tolerance;
  for (const geometry of targets.near(inflated({ ...point, width: 0, height: 0 }, tolerance))) {
    if (geometry.kind === 'mask') continue;
    const { points, isClosed, isJoined } = outlineOf(geometry);
    let before = isClosed ? points.at(-1) : undefined;
    for (const place of points) {
      const away = distance(place, point);
      if (away <= cornerAway) [corner, cornerAway] = [place, away];
      if (isJoined && geometry.kind !== 'box' && before !== undefined) {
        const foot = nearestOnSegment(point, before, place);
        const footAway = distance(foot, point);
        if (footAway <= edgeAway) [onEdge, edgeAway] = [foot, footAway];
      }
      before = place;
    }
  }
  return corner ?? onEdge;
}

/**
 * `point` at a corner, on an edge, or on upright lines within `tolerance` (image pixels) of it, in
 * this order; as it is where there are none.
 */
export function snappedPoint(point: Point, targets: SnapTargets, tolerance: number): Snapped {
  const mark = nearestMark(point, targets, tolerance);
  if (mark !== undefined) return { point: mark, guides: { point: mark } };
  const x = nearestWithin(targets.xs, point.x, tolerance);
  const y = nearestWithin(targets.ys, point.y, tolerance);
  return {
    point: { x: x ?? point.x, y: y ?? point.y },
    guides: { ...(x === undefined ? {} : { x }), ...(y === undefined ? {} : { y }) },
  };
}

function snappedAlong(sides: readonly number[], lines: readonly number[], tolerance: number) {
  let best: { shift: number; line: number } | undefined;
  for (const side of sides) {
    const line = nearestWithin(lines, side, tolerance);
    if (line === undefined) continue;
    const shift = line - side;
    if (best === undefined || Math.abs(shift) < Math.abs(best.shift)) best = { shift, line };
  }
  return best;
}

/** The shift that brings a side of `rect` to a line within `tolerance`; `point` is that shift. */
export function snappedRect(rect: Rect, targets: SnapTargets, tolerance: number): Snapped {
  const x = snappedAlong([rect.x, rect.x + rect.width], targets.xs, tolerance);
  const y = snappedAlong([rect.y, rect.y + rect.height], targets.ys, tolerance);
  return {
    point: { x: x?.shift ?? 0, y: y?.shift ?? 0 },
    guides: {
      ...(x === undefined ? {} : { x: x.line }),
      ...(y === undefined ? {} : { y: y.line }),
    },
  };
}
