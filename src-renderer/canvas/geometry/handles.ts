import { add, containsPoint, distance, inflated, middle, turned } from './plane.ts';
import { outlineOf } from './outline.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Grip } from './move.ts';
import type { Outline } from './outline.ts';
import type { Point, Rect } from './plane.ts';

/** What of a selected shape can be taken hold of. */
export type Handle =
  | ({ readonly kind: 'size'; readonly point: Point; readonly angleDegrees: number } & Grip)
  /** `foot`: where its stem meets the box. */
  | { readonly kind: 'turn'; readonly point: Point; readonly foot: Point }
  | { readonly kind: 'vertex'; readonly point: Point; readonly index: number }
  /** Dragging it makes a new corner behind corner `index`. */
  | { readonly kind: 'midpoint'; readonly point: Point; readonly index: number };

/** Screen pixels. */
const stemLength = 26;
const shortestSideWithHandle = 36;
const shortestSideWithMidpoint = 28;
const closestVertices = 5;

const grips: readonly Grip[] = [
  { alongX: -1, alongY: -1 },
  { alongX: 1, alongY: -1 },
  { alongX: 1, alongY: 1 },
  { alongX: -1, alongY: 1 },
  { alongX: 0, alongY: -1 },
  { alongX: 1, alongY: 0 },
  { alongX: 0, alongY: 1 },
  { alongX: -1, alongY: 0 },
];

function boxHandles(center: Point, width: number, height: number, angle: number, pixel: number) {
  const handles: Handle[] = [];
  for (const grip of grips) {
    const isSide = grip.alongX === 0 || grip.alongY === 0;
    const sideLength = grip.alongX === 0 ? width : height;
    if (isSide && sideLength < shortestSideWithHandle * pixel) continue;
    const arm = turned({ x: (grip.alongX * width) / 2, y: (grip.alongY * height) / 2 }, angle);
    handles.push({ kind: 'size', point: add(center, arm), angleDegrees: angle, ...grip });
  }
  return handles;
}

function turnHandle(center: Point, height: number, angle: number, pixel: number): Handle {
  const foot = add(center, turned({ x: 0, y: -height / 2 }, angle));
  const point = add(center, turned({ x: 0, y: -height / 2 - stemLength * pixel }, angle));
  return { kind: 'turn', point, foot };
}

/** Corners near each other on the screen share one handle: a dense line stays a line. */
function cornerHandles({ points, isClosed }: Outline, pixel: number, visible: Rect): Handle[] {
  const handles: Handle[] = [];
  let last: Point | undefined;
  points.forEach((point, index) => {
    const next = points[index + 1] ?? (isClosed ? points[0] : undefined);
    if (containsPoint(visible, point)) {
      if (last === undefined || distance(last, point) >= closestVertices * pixel) {
        handles.push({ kind: 'vertex', point, index });
        last = point;
      }
    }
    if (next === undefined || distance(point, next) < shortestSideWithMidpoint * pixel) return;
    const between = middle(point, next);
    if (containsPoint(visible, between)) handles.push({ kind: 'midpoint', point: between, index });
  });
  return handles;
}

/**
 * The handles of a selected geometry inside `visible`.
 * @param pixel image pixels to a screen pixel
 */
export function handlesOf(geometry: Geometry, pixel: number, visible: Rect): Handle[] {
  const near = inflated(visible, 10 * pixel);
  switch (geometry.kind) {
    case 'box': {
      const { x, y, width, height } = geometry;
      return boxHandles({ x: x + width / 2, y: y + height / 2 }, width, height, 0, pixel);
    }
    case 'rotated-box': {
      const { centerX, centerY, width, height, angleDegrees } = geometry;
      const center = { x: centerX, y: centerY };
      return [
        ...boxHandles(center, width, height, angleDegrees, pixel),
        turnHandle(center, height, angleDegrees, pixel),
      ];
    }
    case 'polygon':
    case 'freehand':
      return cornerHandles(outlineOf(geometry), pixel, near);
    case 'skeleton':
      return geometry.points.flatMap((point, index): Handle[] =>
        point.visibility > 0 ? [{ kind: 'vertex', point, index }] : [],
      );
    case 'point':
    case 'mask':
      return [];
  }
}

/** The handle nearest to `point` within `tolerance`; of equals a corner before a side or midpoint. */
export function handleAt(
  handles: readonly Handle[],
  point: Point,
  tolerance: number,
): Handle | null {
  let best: Handle | null = null;
  let nearest = tolerance;
  for (const handle of handles) {
    const away = distance(handle.point, point);
    if (away < nearest || (away === nearest && best === null)) {
      best = handle;
      nearest = away;
    }
  }
  return best;
}

const resizeCursors = ['ew-resize', 'nwse-resize', 'ns-resize', 'nesw-resize'] as const;

/** The CSS cursor that shows which way a handle moves. */
export function cursorOf(handle: Handle): string {
  switch (handle.kind) {
    case 'size': {
      const along = (Math.atan2(handle.alongY, handle.alongX) * 180) / Math.PI;
      const eighth = Math.round((((along + handle.angleDegrees) % 180) + 180) / 45) % 4;
      return resizeCursors[eighth] ?? 'move';
    }
    case 'turn':
      return 'grab';
    case 'vertex':
      return 'move';
    case 'midpoint':
      return 'copy';
  }
}
