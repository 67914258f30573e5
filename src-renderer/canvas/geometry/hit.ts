import { isInMask } from '../mask/run-lengths.ts';
import { containsPoint, distance, distanceToSegment, inflated, intersects } from './plane.ts';
import { boundsOf, outlineOf } from './outline.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Outline } from './outline.ts';
import type { Point, Rect } from './plane.ts';

export interface Hit {
  readonly part: 'edge' | 'inside';
  /** Image pixels from the edge; 0 inside. */
  readonly distance: number;
}

/** Pairs of joints that a line joins. */
export type Bones = readonly (readonly [number, number])[];

/** The even-odd rule. */
export function isInsidePolygon(points: readonly Point[], { x, y }: Point): boolean {
  let inside = false;
  let b = points.at(-1);
  for (const a of points) {
    if (b !== undefined && a.y > y !== b.y > y) {
      if (x < ((b.x - a.x) * (y - a.y)) / (b.y - a.y) + a.x) inside = !inside;
    }
    b = a;
  }
  return inside;
}

/** Image pixels from `point` to the nearest line of the outline. */
export function distanceToOutline({ points, isClosed }: Outline, point: Point): number {
  let best = Infinity;
  let before = isClosed ? points.at(-1) : undefined;
  for (const corner of points) {
    best = Math.min(best, distanceToSegment(point, before ?? corner, corner));
    before = corner;
  }
  return best;
}

function edge(distanceTo: number, tolerance: number): Hit | null {
  return distanceTo <= tolerance ? { part: 'edge', distance: distanceTo } : null;
}

function hitSkeleton(points: readonly (Point & { visibility: number })[], at: Point, bones: Bones) {
  let best = Infinity;
  for (const joint of points) {
    if (joint.visibility > 0) best = Math.min(best, distance(at, joint));
  }
  for (const [from, to] of bones) {
    const a = points[from];
    const b = points[to];
    if (a === undefined || b === undefined || a.visibility === 0 || b.visibility === 0) continue;
    best = Math.min(best, distanceToSegment(at, a, b));
  }
  return best;
}

/**
 * Where `point` meets a geometry, or null.
 * @param tolerance image pixels that an edge may be missed by
 * @param bones     of a skeleton's label
 */
export function hitGeometry(
  geometry: Geometry,
  point: Point,
  tolerance: number,
  bones: Bones = [],
): Hit | null {
  if (!containsPoint(inflated(boundsOf(geometry), tolerance), point)) return null;
  switch (geometry.kind) {
    case 'box':
    case 'rotated-box':
    case 'polygon': {
      const outline = outlineOf(geometry);
      const near = edge(distanceToOutline(outline, point), tolerance);
      if (near !== null) return near;
      return isInsidePolygon(outline.points, point) ? { part: 'inside', distance: 0 } : null;
    }
    case 'freehand':
      return edge(distanceToOutline(outlineOf(geometry), point), tolerance);
    case 'point':
      return edge(distance(geometry, point), tolerance * 2);
    case 'skeleton':
      return edge(hitSkeleton(geometry.points, point, bones), tolerance);
    case 'mask':
      return isInMask(geometry, point) ? { part: 'inside', distance: 0 } : null;
  }
}

function segmentMeetsRect(a: Point, b: Point, rect: Rect): boolean {
  // Liang and Barsky: the part of the segment inside all four half-planes is not empty.
  let enter = 0;
  let leave = 1;
  const clip = (p: number, q: number): boolean => {
    if (p === 0) return q >= 0;
    if (p < 0) enter = Math.max(enter, q / p);
    else leave = Math.min(leave, q / p);
    return enter <= leave;
  };
  const dx = b.x - a.x;
  const dy = b.y - a.y;
  return (
    clip(-dx, a.x - rect.x) &&
    clip(dx, rect.x + rect.width - a.x) &&
    clip(-dy, a.y - rect.y) &&
    clip(dy, rect.y + rect.height - a.y)
  );
}

/** Whether a marquee touches the geometry: its line, its corners, or a rectangle wholly inside it. */
export function meetsRect(geometry: Geometry, rect: Rect): boolean {
  const around = boundsOf(geometry);
  if (!intersects(around, rect)) return false;
  if (geometry.kind === 'mask') return true;
  const { points, isClosed, isJoined } = outlineOf(geometry);
  if (!isJoined) return points.some((point) => containsPoint(rect, point));
  let before = isClosed ? points.at(-1) : undefined;
  for (const corner of points) {
    if (segmentMeetsRect(before ?? corner, corner, rect)) return true;
    before = corner;
  }
  return isClosed && isInsidePolygon(points, rect);
}
