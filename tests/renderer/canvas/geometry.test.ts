import { describe, expect, it } from 'vitest';
import { cursorOf, handleAt, handlesOf } from '../../../src-renderer/canvas/geometry/handles.ts';
import { hitGeometry, meetsRect } from '../../../src-renderer/canvas/geometry/hit.ts';
import {
  clampedShift,
  resized,
  translated,
  turnedToward,
} from '../../../src-renderer/canvas/geometry/move.ts';
import { areaOf, boundsOf, rotatedCorners } from '../../../src-renderer/canvas/geometry/outline.ts';
import { distanceToSegment } from '../../../src-renderer/canvas/geometry/plane.ts';
import { simplified } from '../../../src-renderer/canvas/geometry/simplify.ts';
import {
  snappedPoint,
  snappedRect,
  snapTargets,
} from '../../../src-renderer/canvas/geometry/snap.ts';
import { tidied } from '../../../src-renderer/canvas/geometry/tidy.ts';
import {
  withNextVisibility,
  withoutVertex,
  withVertexAt,
  withVertexInserted,
} from '../../../src-renderer/canvas/geometry/vertices.ts';
import { box } from './support.ts';
import type { Geometry, GeometryOf } from '../../../src-main/ipc/contract/shapes.ts';

const turnedBox: GeometryOf<'rotated-box'> = {
  kind: 'rotated-box',
  centerX: 100,
  centerY: 100,
  width: 80,
  height: 40,
  angleDegrees: 30,
};
const square: Geometry = {
  kind: 'polygon',
  points: [
    [0, 0],
    [100, 0],
    [100, 100],
    [0, 100],
  ],
};
const skeleton: Geometry = {
  kind: 'skeleton',
  points: [
    { x: 10, y: 10, visibility: 2 },
    { x: 50, y: 10, visibility: 1 },
    { x: 0, y: 0, visibility: 0 },
  ],
};
/** Three by two pixels at (10, 20): all but the middle of the upper row. */
const mask: Geometry = { kind: 'mask', x: 10, y: 20, width: 3, height: 2, counts: [0, 1, 1, 4] };
const everything = { x: -1e6, y: -1e6, width: 2e6, height: 2e6 };

describe('bounds and areas', () => {
  it('of a turned box go around its corners, clockwise on the screen', () => {
    const upright = { ...turnedBox, angleDegrees: 90 };
    const [first] = rotatedCorners(upright);
    expect(first?.x).toBeCloseTo(120);
    expect(first?.y).toBeCloseTo(60);
    const { width, height } = boundsOf(upright);
    expect([width, height]).toEqual([expect.closeTo(40), expect.closeTo(80)]);
  });

  it('leave out joints that are not in the picture', () => {
    expect(boundsOf(skeleton)).toEqual({ x: 10, y: 10, width: 40, height: 0 });
  });

  it('count pixels and surfaces', () => {
    expect(areaOf(square)).toBe(10_000);
    expect(areaOf(turnedBox)).toBeCloseTo(3200);
    expect(areaOf(mask)).toBe(5);
    expect(areaOf(skeleton)).toBe(0);
  });
});

describe('hits', () => {
  it('are on the edge before they are inside', () => {
    expect(hitGeometry(square, { x: 50, y: 3 }, 5)).toEqual({ part: 'edge', distance: 3 });
    expect(hitGeometry(square, { x: 50, y: -3 }, 5)?.part).toBe('edge');
    expect(hitGeometry(square, { x: 50, y: 50 }, 5)?.part).toBe('inside');
    expect(hitGeometry(square, { x: 50, y: -6 }, 5)).toBeNull();
  });

  it('follow a turned box, not its bounds', () => {
    const bounds = boundsOf(turnedBox);
    expect(hitGeometry(turnedBox, { x: bounds.x + 2, y: bounds.y + 2 }, 1)).toBeNull();
    expect(hitGeometry(turnedBox, { x: 100, y: 100 }, 1)?.part).toBe('inside');
  });

  it('are on open lines, not inside their bend', () => {
    const bend: Geometry = {
      kind: 'freehand',
      points: [
        [0, 0],
        [100, 0],
        [100, 100],
      ],
    };
    expect(hitGeometry(bend, { x: 80, y: 20 }, 5)).toBeNull();
    expect(hitGeometry(bend, { x: 50, y: 50 }, 5)).toBeNull();
    expect(hitGeometry(bend, { x: 98, y: 50 }, 5)?.part).toBe('edge');
  });

  it('are on bones between joints that are in the picture', () => {
    const bones = [
      [0, 1],
      [0, 2],
    ] as const;
    expect(hitGeometry(skeleton, { x: 30, y: 12 }, 4, bones)?.part).toBe('edge');
    expect(hitGeometry(skeleton, { x: 5, y: 5 }, 2, bones)).toBeNull();
  });

  it('are on the pixels of a mask', () => {
    const at = (x: number, y: number) => hitGeometry(mask, { x, y }, 0) !== null;
    expect([at(10.5, 20.5), at(11.5, 20.5), at(12.5, 20.5), at(11.5, 21.5)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect([at(9.9, 20.5), at(13.1, 21)]).toEqual([false, false]);
  });

  it('of a marquee need a touch', () => {
    const inside = { x: 40, y: 40, width: 10, height: 10 };
    expect(meetsRect(square, inside)).toBe(true);
    expect(meetsRect(turnedBox, { ...boundsOf(turnedBox), width: 4, height: 4 })).toBe(false);
    expect(meetsRect(square, { x: 90, y: 90, width: 40, height: 40 })).toBe(true);
    expect(meetsRect(skeleton, { x: 20, y: 0, width: 10, height: 20 })).toBe(false);
  });
});

describe('moving', () => {
  it('keeps absent joints where they are, and masks on whole pixels', () => {
    const moved = translated(skeleton, { x: 5, y: 5 });
    expect(moved.kind === 'skeleton' && moved.points[2]).toEqual({ x: 0, y: 0, visibility: 0 });
    expect(translated(mask, { x: 1.4, y: -1.6 })).toMatchObject({ x: 11, y: 18 });
  });

  it('stays in the picture, and never pushes out further what is outside', () => {
    const picture = { width: 200, height: 100 };
    const bounds = { x: 150, y: 10, width: 40, height: 40 };
    expect(clampedShift(bounds, { x: 50, y: -50 }, picture)).toEqual({ x: 10, y: -10 });
    const outside = { x: 180, y: 0, width: 40, height: 40 };
    expect(clampedShift(outside, { x: 5, y: 0 }, picture).x).toBe(0);
    expect(clampedShift(outside, { x: -5, y: 0 }, picture).x).toBe(-5);
  });
});

describe('resizing', () => {
  it('holds the opposite corner, and turns a box over', () => {
    const grip = { alongX: 1, alongY: 1 } as const;
    const start = { kind: 'box', x: 10, y: 10, width: 20, height: 20 } as const;
    expect(resized(start, grip, { x: 50, y: 40 }, false)).toEqual(box(10, 10, 40, 30));
    expect(resized(start, grip, { x: 0, y: 5 }, false)).toEqual(box(0, 5, 10, 5));
  });

  it('of a side leaves the other axis alone', () => {
    const start = { kind: 'box', x: 10, y: 10, width: 20, height: 20 } as const;
    const grip = { alongX: -1, alongY: 0 } as const;
    expect(resized(start, grip, { x: 4, y: 90 }, false)).toEqual(box(4, 10, 26, 20));
  });

  it('keeps the ratio when asked', () => {
    const start = { kind: 'box', x: 0, y: 0, width: 40, height: 20 } as const;
    const grip = { alongX: 1, alongY: 1 } as const;
    expect(resized(start, grip, { x: 80, y: 21 }, true)).toEqual(box(0, 0, 80, 40));
  });

  it.each([
    [1, 1, 0],
    [-1, 1, 1],
    [1, -1, 3],
    [-1, -1, 2],
  ] as const)(
    'of a turned box keeps its angle and opposite corner (%i, %i)',
    (alongX, alongY, i) => {
      const to = { x: 100 + alongX * 90, y: 100 + alongY * 70 };
      const result = resized(turnedBox, { alongX, alongY }, to, false);
      expect(result.angleDegrees).toBe(30);
      const before = rotatedCorners(turnedBox)[i];
      const after = rotatedCorners(result)[i];
      expect(after?.x).toBeCloseTo(before?.x ?? NaN);
      expect(after?.y).toBeCloseTo(before?.y ?? NaN);
      const held = rotatedCorners(result)[(i + 2) % 4];
      expect([held?.x, held?.y]).toEqual([expect.closeTo(to.x), expect.closeTo(to.y)]);
    },
  );

  it('turns toward the pointer, in steps when asked', () => {
    expect(turnedToward(turnedBox, { x: 200, y: 100 }, 0).angleDegrees).toBeCloseTo(90);
    expect(turnedToward(turnedBox, { x: 100, y: 0 }, 0).angleDegrees).toBeCloseTo(0);
    expect(turnedToward(turnedBox, { x: 0, y: 100 }, 0).angleDegrees).toBeCloseTo(-90);
    expect(turnedToward(turnedBox, { x: 195, y: 104 }, 15).angleDegrees).toBe(90);
  });
});

describe('handles', () => {
  it('of a box are eight, of a small one its corners', () => {
    expect(handlesOf(box(0, 0, 100, 100), 1, everything)).toHaveLength(8);
    expect(handlesOf(box(0, 0, 20, 20), 1, everything)).toHaveLength(4);
    expect(handlesOf(box(0, 0, 20, 20), 0.1, everything)).toHaveLength(8);
    expect(handlesOf(turnedBox, 0.1, everything).at(-1)?.kind).toBe('turn');
  });

  it('of a dense line do not stand on top of each other', () => {
    const points = Array.from({ length: 1000 }, (_, i): [number, number] => [i, 0]);
    const handles = handlesOf({ kind: 'freehand', points }, 1, everything);
    expect(handles.length).toBe(200);
  });

  it('are found by nearness', () => {
    const handles = handlesOf(square, 1, everything);
    expect(handleAt(handles, { x: 98, y: 3 }, 6)).toMatchObject({ kind: 'vertex', index: 1 });
    expect(handleAt(handles, { x: 52, y: 1 }, 6)).toMatchObject({ kind: 'midpoint', index: 0 });
    expect(handleAt(handles, { x: 30, y: 30 }, 6)).toBeNull();
  });

  it('show the direction that they move in', () => {
    const [corner] = handlesOf(box(0, 0, 100, 100), 1, everything);
    expect(corner && cursorOf(corner)).toBe('nwse-resize');
    const [turned] = handlesOf({ ...turnedBox, angleDegrees: 90 }, 0.1, everything);
    expect(turned && cursorOf(turned)).toBe('nesw-resize');
  });
});

describe('corners', () => {
  it('move, come and go, down to a triangle', () => {
    expect(withVertexAt(square, 1, { x: 7, y: 8 })).toMatchObject({ points: { 1: [7, 8] } });
    const five = withVertexInserted(square, 3, { x: 0, y: 50 });
    expect(five.kind === 'polygon' && five.points[4]).toEqual([0, 50]);
    const three = withoutVertex(square, 0);
    expect(three?.kind === 'polygon' && three.points).toHaveLength(3);
    expect(three && withoutVertex(three, 0)).toBeNull();
  });

  it('of a skeleton go through their visibilities', () => {
    const seen = [1, 2, 3].reduce((all: Geometry[]) => {
      return [...all, withNextVisibility(all.at(-1) ?? skeleton, 0)];
    }, []);
    const values = seen.map((g) => g.kind === 'skeleton' && g.points[0]?.visibility);
    expect(values).toEqual([1, 0, 2]);
  });
});

describe('simplifying', () => {
  it('leaves out nothing that lies further off than the tolerance', () => {
    const points = Array.from({ length: 20_000 }, (_, i) => ({
      x: i / 20,
      y: Math.sin(i / 400) * 50 + (i % 2) * 0.1,
    }));
    const fewer = simplified(points, 0.5);
    expect(fewer.length).toBeLessThan(400);
    expect([fewer[0], fewer.at(-1)]).toEqual([points[0], points.at(-1)]);
    let at = 0;
    for (const point of points) {
      while ((fewer[at + 1]?.x ?? Infinity) < point.x) at++;
      const a = fewer[at] ?? point;
      expect(distanceToSegment(point, a, fewer[at + 1] ?? a)).toBeLessThanOrEqual(0.5);
    }
  });
});

describe('storing', () => {
  it('rounds sides, so that a box at the edge ends there', () => {
    expect(tidied(box(0.123456, 0, 99.876544, 10))).toEqual(box(0.12, 0, 99.88, 10));
  });

  it('keeps within the corners that the contract allows', () => {
    const points = Array.from({ length: 50_000 }, (_, i): [number, number] => [
      Math.cos(i / 7957) * 1000,
      Math.sin(i / 7957) * 1000,
    ]);
    const stored = tidied({ kind: 'polygon', points });
    expect(stored.kind === 'polygon' && stored.points.length).toBeLessThanOrEqual(20_000);
  });
});

describe('snapping', () => {
  const shapes = [box(100, 100, 50, 50), turnedBox, square];
  const targets = snapTargets({ width: 400, height: 300 }, shapes, () => [square]);

  it('prefers corners to edges and lines', () => {
    expect(snappedPoint({ x: 97, y: 3 }, targets, 5)).toEqual({
      point: { x: 100, y: 0 },
      guides: { point: { x: 100, y: 0 } },
    });
  });

  it('finds lines of boxes and of the picture, and edges that are not upright', () => {
    const far = snapTargets({ width: 400, height: 300 }, shapes, () => []);
    expect(snappedPoint({ x: 152, y: 297 }, far, 5).point).toEqual({ x: 150, y: 300 });
    expect(snappedPoint({ x: 200, y: 200 }, far, 5)).toEqual({
      point: { x: 200, y: 200 },
      guides: {},
    });
    const slope: Geometry = {
      kind: 'freehand',
      points: [
        [0, 0],
        [100, 100],
      ],
    };
    const near = snapTargets({ width: 400, height: 300 }, [slope], () => [slope]);
    expect(snappedPoint({ x: 52, y: 48 }, near, 5).point).toEqual({ x: 50, y: 50 });
  });

  it('of a rectangle takes the nearer of its sides', () => {
    const moved = { x: 46, y: 200, width: 52, height: 40 };
    const { point, guides } = snappedRect(moved, targets, 5);
    expect(point).toEqual({ x: 2, y: 0 });
    expect(guides).toEqual({ x: 100 });
  });
});
