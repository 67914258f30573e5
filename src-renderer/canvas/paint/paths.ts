import { outlineOf } from '../geometry/outline.ts';
import { maskBorder } from '../mask/outline.ts';
import type { Geometry } from '../../../src-main/ipc/contract/shapes.ts';
import type { Bones } from '../geometry/hit.ts';
import type { Point } from '../geometry/plane.ts';

/** Lines through the points, in image pixels. */
export function linePath(points: readonly Point[], isClosed: boolean): Path2D {
  const path = new Path2D();
  points.forEach(({ x, y }, i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  if (isClosed) path.closePath();
  return path;
}

/** The lines between joints that are in the picture. */
export function bonePath(
  joints: readonly (Point & { readonly visibility: number })[],
  bones: Bones,
): Path2D {
  const path = new Path2D();
  for (const [from, to] of bones) {
    const a = joints[from];
    const b = joints[to];
    if (a === undefined || b === undefined || a.visibility === 0 || b.visibility === 0) continue;
    path.moveTo(a.x, a.y);
    path.lineTo(b.x, b.y);
  }
  return path;
}

function borderPath(pieces: Float64Array): Path2D {
  const path = new Path2D();
  for (let i = 0; i + 3 < pieces.length; i += 4) {
    path.moveTo(pieces[i] ?? 0, pieces[i + 1] ?? 0);
    path.lineTo(pieces[i + 2] ?? 0, pieces[i + 3] ?? 0);
  }
  return path;
}

const paths = new WeakMap<Geometry, { readonly bones: Bones; readonly path: Path2D }>();

/** The lines of a geometry in image pixels; empty for a point. Made once for a geometry. */
export function pathOf(geometry: Geometry, bones: Bones): Path2D {
  const known = paths.get(geometry);
  if (known !== undefined && known.bones === bones) return known.path;
  const path = makePath(geometry, bones);
  paths.set(geometry, { bones, path });
  return path;
}

function makePath(geometry: Geometry, bones: Bones): Path2D {
  switch (geometry.kind) {
    case 'point':
      return new Path2D();
    case 'skeleton':
      return bonePath(geometry.points, bones);
    case 'mask':
      return borderPath(maskBorder(geometry));
    case 'box':
    case 'rotated-box':
    case 'polygon':
    case 'freehand': {
      const { points, isClosed } = outlineOf(geometry);
      return linePath(points, isClosed);
    }
  }
}
