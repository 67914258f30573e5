import { distanceToSegment } from './plane.ts';
import type { Point } from './plane.ts';

/**
 * Fewer points for the same line: none that was left out lies further than `tolerance` from it.
 * Without recursion, since a line may have 20,000 points.
 * @source Douglas and Peucker 1973
 */
export function simplified<P extends Point>(points: readonly P[], tolerance: number): P[] {
  if (points.length < 3) return [...points];
  const isKept = new Uint8Array(points.length);
  isKept[0] = 1;
  isKept[points.length - 1] = 1;
  const open: [number, number][] = [[0, points.length - 1]];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const farthest = farthestBetween(points, ...range);
    if (farthest === undefined || farthest.distance <= tolerance) continue;
    isKept[farthest.index] = 1;
    open.push([range[0], farthest.index], [farthest.index, range[1]]);
  }
  return points.filter((_, i) => isKept[i] === 1);
}

function farthestBetween(
  points: readonly Point[],
  first: number,
  last: number,
): { index: number; distance: number } | undefined {
  const a = points[first];
  const b = points[last];
  if (a === undefined || b === undefined) return undefined;
  let index = -1;
  let farthest = -1;
  for (let i = first + 1; i < last; i++) {
    const away = distanceToSegment(points[i] ?? a, a, b);
    if (away > farthest) {
      farthest = away;
      index = i;
    }
  }
  return index === -1 ? undefined : { index, distance: farthest };
}
