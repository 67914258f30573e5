/** The smallest rectangle, at any angle, around a set of points. */

export type Point = readonly [x: number, y: number];

export interface Rectangle {
  readonly centerX: number;
  readonly centerY: number;
  readonly width: number;
  readonly height: number;
  /** Clockwise on the screen, (-45, 45]: `width` is the side nearer to level. */
  readonly angleDegrees: number;
}

const cross = (o: Point, a: Point, b: Point): number =>
  (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0]);

/** Andrew's monotone chain. */
export function convexHull(points: readonly Point[]): Point[] {
  const sorted = [...points].sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  if (sorted.length < 3) return sorted;
  const half = (ordered: readonly Point[]): Point[] => {
    const chain: Point[] = [];
    for (const point of ordered) {
      for (;;) {
        const [a, b] = [chain.at(-2), chain.at(-1)];
        if (a === undefined || b === undefined || cross(a, b, point) > 0) break;
        chain.pop();
      }
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  return [...half(sorted), ...half(sorted.reverse())];
}

/** One side of the smallest rectangle lies on an edge of the hull (Freeman and Shapira, 1975). */
export function minAreaRectangle(points: readonly Point[]): Rectangle {
  const hull = convexHull(points);
  let best: { area: number; rectangle: Rectangle } | undefined;
  for (const [i, from] of hull.entries()) {
    const to = hull[(i + 1) % hull.length] ?? from;
    const rectangle = boundsAt(hull, Math.atan2(to[1] - from[1], to[0] - from[0]));
    const area = rectangle.width * rectangle.height;
    if (best === undefined || area < best.area) best = { area, rectangle };
  }
  return best?.rectangle ?? { centerX: 0, centerY: 0, width: 0, height: 0, angleDegrees: 0 };
}

function boundsAt(points: readonly Point[], angle: number): Rectangle {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    const [u, v] = [x * cos + y * sin, y * cos - x * sin];
    left = Math.min(left, u);
    right = Math.max(right, u);
    top = Math.min(top, v);
    bottom = Math.max(bottom, v);
  }
  const [u, v] = [(left + right) / 2, (top + bottom) / 2];
  return upright({
    centerX: u * cos - v * sin,
    centerY: u * sin + v * cos,
    width: right - left,
    height: bottom - top,
    angleDegrees: (angle * 180) / Math.PI,
  });
}

/** The same rectangle with its angle in (-45, 45]. */
function upright(rectangle: Rectangle): Rectangle {
  let { width, height, angleDegrees } = rectangle;
  while (angleDegrees > 45) {
    angleDegrees -= 90;
    [width, height] = [height, width];
  }
  while (angleDegrees <= -45) {
    angleDegrees += 90;
    [width, height] = [height, width];
  }
  return { ...rectangle, width, height, angleDegrees };
}
