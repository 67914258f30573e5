import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Point } from './plane.ts';

/** The geometry with corner or joint `index` at `to`; others unchanged. */
export function withVertexAt(geometry: Geometry, index: number, to: Point): Geometry {
  switch (geometry.kind) {
    case 'polygon':
    case 'freehand': {
      const points = geometry.points.map((point, i): [number, number] =>
        i === index ? [to.x, to.y] : point,
      );
      return { ...geometry, points };
    }
    case 'skeleton': {
      const points = geometry.points.map((joint, i) =>
        i === index ? { ...joint, x: to.x, y: to.y } : joint,
      );
      return { ...geometry, points };
    }
    case 'point':
      return { ...geometry, x: to.x, y: to.y };
    case 'box':
    case 'rotated-box':
    case 'mask':
      return geometry;
  }
}

/** A new corner behind corner `after`. */
export function withVertexInserted(geometry: Geometry, after: number, at: Point): Geometry {
  if (geometry.kind !== 'polygon' && geometry.kind !== 'freehand') return geometry;
  const points = geometry.points.toSpliced(after + 1, 0, [at.x, at.y]);
  return { ...geometry, points };
}

/** Without corner `index`; null where too few would be left. */
export function withoutVertex(geometry: Geometry, index: number): Geometry | null {
  if (geometry.kind !== 'polygon' && geometry.kind !== 'freehand') return null;
  const fewest = geometry.kind === 'polygon' ? 3 : 2;
  if (geometry.points.length <= fewest) return null;
  return { ...geometry, points: geometry.points.toSpliced(index, 1) };
}

/** Visible becomes hidden becomes not in the picture becomes visible. */
export function withNextVisibility(geometry: Geometry, index: number): Geometry {
  if (geometry.kind !== 'skeleton') return geometry;
  const next = { 2: 1, 1: 0, 0: 2 } as const;
  const points = geometry.points.map((joint, i) =>
    i === index ? { ...joint, visibility: next[joint.visibility] } : joint,
  );
  return { ...geometry, points };
}
