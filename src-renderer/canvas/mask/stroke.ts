import type { Point } from '../geometry/plane.ts';
import type { TiledMask } from './tiled-mask.ts';

/**
 * Paints (1) or erases (0) what a round brush touches on its way from `from` to `to`: all pixels whose
 * centre lies within `radius` of the segment. The shape is convex, so a row of it is one stretch; it is
 * filled row by row and has no gaps however far apart two events are.
 * @param radius image pixels; the pixel under the brush is always painted
 */
export function paintStroke(
  mask: TiledMask,
  from: Point,
  to: Point,
  radius: number,
  value: 0 | 1,
): void {
  const reach = Math.max(radius, 0.5);
  const top = Math.floor(Math.min(from.y, to.y) - reach);
  const bottom = Math.ceil(Math.max(from.y, to.y) + reach);
  for (let row = top; row <= bottom; row++) {
    const [left, right] = stretchAt(row + 0.5, from, to, reach);
    if (left <= right) mask.fill(row, Math.ceil(left - 0.5), Math.floor(right - 0.5) + 1, value);
  }
  mask.fill(Math.floor(to.y), Math.floor(to.x), Math.floor(to.x) + 1, value);
}

/** Where the line at `y` crosses the capsule: both discs, and the rectangle between them. */
function stretchAt(y: number, a: Point, b: Point, radius: number): [number, number] {
  let left = Infinity;
  let right = -Infinity;
  const include = (x: number): void => {
    left = Math.min(left, x);
    right = Math.max(right, x);
  };
  for (const center of [a, b]) {
    const half = radius * radius - (y - center.y) ** 2;
    if (half < 0) continue;
    include(center.x - Math.sqrt(half));
    include(center.x + Math.sqrt(half));
  }
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length === 0) return [left, right];
  const across = { x: (-(b.y - a.y) / length) * radius, y: ((b.x - a.x) / length) * radius };
  for (const side of [1, -1]) {
    const fromY = a.y + side * across.y;
    const toY = b.y + side * across.y;
    if (fromY === toY || (y - fromY) * (y - toY) > 0) continue;
    include(a.x + side * across.x + ((y - fromY) / (toY - fromY)) * (b.x - a.x));
  }
  return [left, right];
}
