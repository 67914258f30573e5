import type { Geometry, GeometryOf } from '../../ipc/contract/shapes.ts';

/** Left, top, right, bottom in pixels of the upright picture. */
export type Bounds = readonly [left: number, top: number, right: number, bottom: number];

export type Point = readonly [x: number, y: number];

/** The smallest upright box around a mark; null when nothing is marked: an empty mask, no joint seen. */
export function boundsOf(geometry: Geometry): Bounds | null {
  switch (geometry.kind) {
    case 'box':
      return [geometry.x, geometry.y, geometry.x + geometry.width, geometry.y + geometry.height];
    case 'rotated-box':
      return around(cornersOf(geometry));
    case 'polygon':
    case 'freehand':
      return around(geometry.points);
    case 'point':
      return [geometry.x, geometry.y, geometry.x, geometry.y];
    case 'skeleton':
      return around(
        geometry.points.filter(({ visibility }) => visibility > 0).map(({ x, y }): Point => [x, y]),
      );
    case 'mask':
      return maskBounds(geometry);
  }
}

function around(points: readonly Point[]): Bounds | null {
  if (points.length === 0) return null;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return [left, top, right, bottom];
}

export function cornersOf(box: GeometryOf<'rotated-box'>): Point[] {
  const turn = (box.angleDegrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  const signs: readonly Point[] = [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ];
  return signs.map(([across, down]): Point => {
    const [x, y] = [(across * box.width) / 2, (down * box.height) / 2];
    return [box.centerX + x * cos - y * sin, box.centerY + x * sin + y * cos];
  });
}

/** Around the pixels inside the mask, whose rectangle may be larger than they are. */
function maskBounds({ x, y, width, height, counts }: GeometryOf<'mask'>): Bounds | null {
  let [left, top, right, bottom] = [width, height, 0, 0];
  let at = 0;
  for (const [index, count] of counts.entries()) {
    const end = Math.min(at + count, width * height);
    if (index % 2 === 1 && end > at) {
      const [firstRow, lastRow] = [Math.floor(at / width), Math.floor((end - 1) / width)];
      top = Math.min(top, firstRow);
      bottom = Math.max(bottom, lastRow + 1);
      // A run over a row's end reaches the right edge and begins again at the left one.
      left = Math.min(left, firstRow === lastRow ? at % width : 0);
      right = Math.max(right, firstRow === lastRow ? ((end - 1) % width) + 1 : width);
    }
    at = end;
  }
  return right > left ? [x + left, y + top, x + right, y + bottom] : null;
}
