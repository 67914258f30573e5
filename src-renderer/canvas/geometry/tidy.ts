import { simplified } from './simplify.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';

/** Corners that the contract allows a polygon or line. */
const maxPoints = 20_000;

/** Hundredths of a pixel: finer than any hand, and short in files. */
const round = (value: number): number => Math.round(value * 100) / 100;

function fewEnough(points: readonly (readonly [number, number])[]): [number, number][] {
  let kept = points.map(([x, y]) => ({ x, y }));
  for (let tolerance = 0.25; kept.length > maxPoints; tolerance *= 2) {
    kept = simplified(kept, tolerance);
  }
  return kept.map(({ x, y }) => [round(x), round(y)]);
}

/** The geometry as it is stored: rounded to hundredths of a pixel, and of no more corners than allowed. */
export function tidied(geometry: Geometry): Geometry {
  switch (geometry.kind) {
    case 'box': {
      // Sides are rounded, not lengths, so that a box that ends at the picture's edge ends there.
      const x = round(geometry.x);
      const y = round(geometry.y);
      const width = round(round(geometry.x + geometry.width) - x);
      const height = round(round(geometry.y + geometry.height) - y);
      return { kind: 'box', x, y, width, height };
    }
    case 'rotated-box':
      return {
        kind: 'rotated-box',
        centerX: round(geometry.centerX),
        centerY: round(geometry.centerY),
        width: round(geometry.width),
        height: round(geometry.height),
        angleDegrees: round(geometry.angleDegrees),
      };
    case 'polygon':
    case 'freehand':
      return { kind: geometry.kind, points: fewEnough(geometry.points) };
    case 'point':
      return { kind: 'point', x: round(geometry.x), y: round(geometry.y) };
    case 'skeleton': {
      const points = geometry.points.map(({ x, y, visibility }) => ({
        x: round(x),
        y: round(y),
        visibility,
      }));
      return { kind: 'skeleton', points };
    }
    case 'mask':
      return geometry;
  }
}
