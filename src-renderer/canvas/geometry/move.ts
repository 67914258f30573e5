import { add, turned } from './plane.ts';
import type { Geometry, GeometryOf } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point, Rect, Size } from './plane.ts';

/** The geometry moved by `shift`; a mask moves by whole pixels. */
export function translated(geometry: Geometry, shift: Point): Geometry {
  switch (geometry.kind) {
    case 'box':
    case 'point':
      return { ...geometry, x: geometry.x + shift.x, y: geometry.y + shift.y };
    case 'rotated-box': {
      const { centerX, centerY } = geometry;
      return { ...geometry, centerX: centerX + shift.x, centerY: centerY + shift.y };
    }
    case 'polygon':
    case 'freehand': {
      const points = geometry.points.map(([x, y]): [number, number] => [x + shift.x, y + shift.y]);
      return { ...geometry, points };
    }
    case 'skeleton': {
      const points = geometry.points.map((joint) =>
        joint.visibility === 0 ? joint : { ...joint, ...add(joint, shift) },
      );
      return { ...geometry, points };
    }
    case 'mask': {
      const { x, y } = geometry;
      return { ...geometry, x: x + Math.round(shift.x), y: y + Math.round(shift.y) };
    }
  }
}

function clampedAlong(start: number, length: number, shift: number, limit: number): number {
  // What already stands outside may stay, but goes no further out.
  const low = Math.min(0, -start);
  const high = Math.max(0, limit - (start + length));
  return Math.min(high, Math.max(low, shift));
}

/** The part of `shift` that keeps `bounds` inside the picture. */
export function clampedShift(bounds: Rect, shift: Point, picture: Size): Point {
  return {
    x: clampedAlong(bounds.x, bounds.width, shift.x, picture.width),
    y: clampedAlong(bounds.y, bounds.height, shift.y, picture.height),
  };
}

export function clampedPoint(point: Point, picture: Size): Point {
  return {
    x: Math.min(picture.width, Math.max(0, point.x)),
    y: Math.min(picture.height, Math.max(0, point.y)),
  };
}

/** An angle in (-180, 180]. */
export function normalAngle(degrees: number): number {
  const turn = ((degrees % 360) + 360) % 360;
  return turn > 180 ? turn - 360 : turn;
}

/**
 * The box turned so that the middle of its top side points at `toward`.
 * @param stepDegrees the angle becomes a multiple of it; 0: any angle
 */
export function turnedToward(
  box: GeometryOf<'rotated-box'>,
  toward: Point,
  stepDegrees: number,
): GeometryOf<'rotated-box'> {
  const radians = Math.atan2(toward.y - box.centerY, toward.x - box.centerX);
  const degrees = (radians * 180) / Math.PI + 90;
  const angle = stepDegrees > 0 ? Math.round(degrees / stepDegrees) * stepDegrees : degrees;
  return { ...box, angleDegrees: normalAngle(angle) };
}

/** Which side or corner of a box is held: -1 left or top, 0 neither, 1 right or bottom. */
export interface Grip {
  readonly alongX: -1 | 0 | 1;
  readonly alongY: -1 | 0 | 1;
}

/** Lengths with the ratio of the old box, the larger change deciding; signs stay. */
function withRatio(width: number, height: number, old: Size): Size {
  if (old.width === 0 || old.height === 0) return { width, height };
  const factor = Math.max(Math.abs(width) / old.width, Math.abs(height) / old.height);
  return {
    width: Math.sign(width || 1) * old.width * factor,
    height: Math.sign(height || 1) * old.height * factor,
  };
}

/**
 * The box with the held corner or side at `to`. The opposite corner or side and the angle stay;
 * dragging across it turns the box over.
 */
export function resized<G extends GeometryOf<'box'> | GeometryOf<'rotated-box'>>(
  box: G,
  grip: Grip,
  to: Point,
  keepsRatio: boolean,
): G {
  const isBox = box.kind === 'box';
  const angle = isBox ? 0 : box.angleDegrees;
  const center = isBox
    ? { x: box.x + box.width / 2, y: box.y + box.height / 2 }
    : { x: box.centerX, y: box.centerY };
  const fixed = add(
    center,
    turned({ x: (-grip.alongX * box.width) / 2, y: (-grip.alongY * box.height) / 2 }, angle),
  );
  const held = turned({ x: to.x - fixed.x, y: to.y - fixed.y }, -angle);
  let width = grip.alongX === 0 ? box.width : held.x;
  let height = grip.alongY === 0 ? box.height : held.y;
  if (keepsRatio && grip.alongX !== 0 && grip.alongY !== 0) {
    ({ width, height } = withRatio(width, height, box));
  }
  const toCenter = turned(
    { x: grip.alongX === 0 ? 0 : width / 2, y: grip.alongY === 0 ? 0 : height / 2 },
    angle,
  );
  const { x, y } = add(fixed, toCenter);
  const size = { width: Math.abs(width), height: Math.abs(height) };
  const place = isBox
    ? { x: x - size.width / 2, y: y - size.height / 2 }
    : { centerX: x, centerY: y };
  return { ...box, ...size, ...place };
}
