import { rectAround, turned } from './plane.ts';
import type { Geometry, GeometryOf } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point, Rect } from './plane.ts';

/** The corners of a geometry in order. */
export interface Outline {
  readonly points: readonly Point[];
  /** Whether a line joins the last corner to the first. */
  readonly isClosed: boolean;
  /** Whether lines join neighbours at all; points and joints stand alone. */
  readonly isJoined: boolean;
}

export function rectCorners({ x, y, width, height }: Rect): Point[] {
  return [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
}

/** From the top left corner of the box before it is turned, clockwise. */
export function rotatedCorners(box: GeometryOf<'rotated-box'>): Point[] {
  const { centerX, centerY, width, height, angleDegrees } = box;
  const corners = rectCorners({ x: -width / 2, y: -height / 2, width, height });
  return corners.map((corner) => {
    const { x, y } = turned(corner, angleDegrees);
    return { x: centerX + x, y: centerY + y };
  });
}

function computeOutline(geometry: Geometry): Outline {
  switch (geometry.kind) {
    case 'box':
    case 'mask':
      return { points: rectCorners(geometry), isClosed: true, isJoined: true };
    case 'rotated-box':
      return { points: rotatedCorners(geometry), isClosed: true, isJoined: true };
    case 'polygon':
    case 'freehand': {
      const points = geometry.points.map(([x, y]) => ({ x, y }));
      return { points, isClosed: geometry.kind === 'polygon', isJoined: true };
    }
    case 'point':
      return { points: [{ x: geometry.x, y: geometry.y }], isClosed: false, isJoined: false };
    case 'skeleton': {
      const points = geometry.points.map(({ x, y }) => ({ x, y }));
      return { points, isClosed: false, isJoined: false };
    }
  }
}

// Geometries are never changed in place, so what was computed for one stays right.
const outlines = new WeakMap<Geometry, Outline>();
const bounds = new WeakMap<Geometry, Rect>();
const areas = new WeakMap<Geometry, number>();

export function outlineOf(geometry: Geometry): Outline {
  const known = outlines.get(geometry);
  if (known !== undefined) return known;
  const outline = computeOutline(geometry);
  outlines.set(geometry, outline);
  return outline;
}

/** The smallest upright rectangle around a geometry; joints that are not in the picture count not. */
export function boundsOf(geometry: Geometry): Rect {
  const known = bounds.get(geometry);
  if (known !== undefined) return known;
  const points =
    geometry.kind === 'skeleton'
      ? geometry.points.filter(({ visibility }) => visibility > 0)
      : outlineOf(geometry).points;
  const rect = rectAround(points);
  bounds.set(geometry, rect);
  return rect;
}

function computeArea(geometry: Geometry): number {
  if (geometry.kind === 'mask') {
    return geometry.counts.reduce((sum, count, i) => (i % 2 === 1 ? sum + count : sum), 0);
  }
  const { points, isClosed } = outlineOf(geometry);
  if (!isClosed) return 0;
  let twice = 0;
  points.forEach((a, i) => {
    const b = points[(i + 1) % points.length] ?? a;
    twice += a.x * b.y - b.x * a.y;
  });
  return Math.abs(twice) / 2;
}

/** Area in image pixels; 0 for points, joints and open lines. */
export function areaOf(geometry: Geometry): number {
  const known = areas.get(geometry);
  if (known !== undefined) return known;
  const area = computeArea(geometry);
  areas.set(geometry, area);
  return area;
}
