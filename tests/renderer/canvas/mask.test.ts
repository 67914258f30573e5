import { describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { maskGeometry } from '../../../src-main/ipc/contract/shapes.ts';
import { maskBorder } from '../../../src-renderer/canvas/mask/outline.ts';
import { forEachSpan, isInMask } from '../../../src-renderer/canvas/mask/run-lengths.ts';
import { paintStroke } from '../../../src-renderer/canvas/mask/stroke.ts';
import { TiledMask, tileSide } from '../../../src-renderer/canvas/mask/tiled-mask.ts';
import type { Mask } from '../../../src-renderer/canvas/mask/run-lengths.ts';

const picture = { width: 1000, height: 700 };

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

function pixelsOf(mask: Mask): string[] {
  const pixels: string[] = [];
  forEachSpan(mask, (row, start, end) => {
    for (let x = start; x < end; x++) pixels.push(`${String(x)},${String(row)}`);
  });
  return pixels;
}

function painted(strokes: (mask: TiledMask) => void, size = picture): Mask {
  const tiled = new TiledMask(size);
  strokes(tiled);
  const mask = tiled.toMask();
  if (mask === null) throw new Error('Nothing was painted.');
  return mask;
}

describe('run lengths', () => {
  it('go row by row, first the pixels outside', () => {
    // .#.
    // ##.
    // ..#
    const mask = painted((tiled) => {
      tiled.fill(5, 11, 12, 1);
      tiled.fill(6, 10, 12, 1);
      tiled.fill(7, 12, 13, 1);
    });
    expect(mask).toEqual({
      kind: 'mask',
      x: 10,
      y: 5,
      width: 3,
      height: 3,
      counts: [1, 1, 1, 2, 3, 1],
    });
    expect(v.is(maskGeometry, mask)).toBe(true);
  });

  it('come back as the same pixels, across tiles', () => {
    let state = 5;
    const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
    const mask = painted((tiled) => {
      for (let i = 0; i < 400; i++) {
        const start = Math.floor(random() * 900);
        tiled.fill(Math.floor(random() * 700), start, start + Math.ceil(random() * 400), 1);
      }
    });
    expect(sum(mask.counts)).toBe(mask.width * mask.height);
    expect(TiledMask.from(mask, picture).toMask()).toEqual(mask);
    const pixels = new Set(pixelsOf(mask));
    for (let i = 0; i < 2000; i++) {
      const x = Math.floor(random() * 1000);
      const y = Math.floor(random() * 700);
      const isIn = isInMask(mask, { x: x + 0.5, y: y + 0.5 });
      expect(isIn).toBe(pixels.has(`${String(x)},${String(y)}`));
    }
  });

  it('read empty runs and masks without pixels', () => {
    const odd: Mask = { kind: 'mask', x: 0, y: 0, width: 4, height: 1, counts: [0, 2, 0, 1, 1] };
    expect(pixelsOf(odd)).toEqual(['0,0', '1,0', '2,0']);
    expect(pixelsOf({ kind: 'mask', x: 0, y: 0, width: 0, height: 0, counts: [] })).toEqual([]);
  });
});

describe('strokes', () => {
  it('paint every pixel whose centre is within the radius of the way, and no other', () => {
    const from = { x: 250.3, y: 240.8 };
    const to = { x: 300.9, y: 270.2 };
    const radius = 9.5;
    const mask = painted((tiled) => paintStroke(tiled, from, to, radius, 1));
    const pixels = new Set(pixelsOf(mask));
    const length2 = (to.x - from.x) ** 2 + (to.y - from.y) ** 2;
    for (let y = 220; y < 290; y++) {
      for (let x = 230; x < 320; x++) {
        const px = x + 0.5 - from.x;
        const py = y + 0.5 - from.y;
        const t = (px * (to.x - from.x) + py * (to.y - from.y)) / length2;
        const s = Math.min(1, Math.max(0, t));
        const away = Math.hypot(px - s * (to.x - from.x), py - s * (to.y - from.y));
        if (Math.abs(away - radius) < 1e-9) continue;
        expect(pixels.has(`${String(x)},${String(y)}`), `${String(x)},${String(y)}`).toBe(
          away < radius,
        );
      }
    }
  });

  it('leave no gap however far apart two events are', () => {
    const mask = painted((tiled) => paintStroke(tiled, { x: 5, y: 5 }, { x: 990, y: 690 }, 2, 1));
    const rows = new Set<number>();
    forEachSpan(mask, (row) => rows.add(row));
    expect(rows.size).toBe(mask.height);
    expect([mask.x, mask.y]).toEqual([3, 3]);
  });

  it('paint one pixel at least', () => {
    const mask = painted((tiled) =>
      paintStroke(tiled, { x: 7.9, y: 8.1 }, { x: 7.9, y: 8.1 }, 0, 1),
    );
    expect(mask).toMatchObject({ x: 7, y: 8, width: 1, height: 1, counts: [0, 1] });
  });

  it('end at the edge of the picture', () => {
    const mask = painted((tiled) => paintStroke(tiled, { x: 0, y: 0 }, { x: 998, y: 0 }, 30, 1));
    expect(mask).toMatchObject({ x: 0, y: 0, width: 1000 });
    expect(mask.height).toBe(30);
  });

  it('erase, and leave the smallest rectangle around the rest', () => {
    const mask = painted((tiled) => {
      for (let row = 100; row < 200; row++) tiled.fill(row, 100, 400, 1);
      paintStroke(tiled, { x: 80, y: 150 }, { x: 300, y: 150 }, 80, 0);
    });
    expect(mask.x).toBeGreaterThan(300);
    expect(mask.x + mask.width).toBe(400);
    const all = new TiledMask(picture);
    paintStroke(all, { x: 50, y: 50 }, { x: 60, y: 50 }, 5, 1);
    paintStroke(all, { x: 40, y: 50 }, { x: 70, y: 50 }, 9, 0);
    expect(all.toMask()).toBeNull();
  });

  it('take memory where there is paint alone, on a picture of 40 megapixels', () => {
    const large = new TiledMask({ width: 7746, height: 5164 });
    paintStroke(large, { x: 10, y: 10 }, { x: 7700, y: 5100 }, 10, 1);
    const all = Math.ceil(7746 / tileSide) * Math.ceil(5164 / tileSide);
    expect(large.tileCount).toBeLessThan(all / 6);
    paintStroke(large, { x: 10, y: 5100 }, { x: 7700, y: 10 }, 400, 0);
    expect(large.tileCount).toBeLessThan(all / 6);
  });
});

describe('borders', () => {
  function lengthOf(pieces: Float64Array): number {
    let length = 0;
    for (let i = 0; i < pieces.length; i += 4) {
      const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = pieces.subarray(i, i + 4);
      length += Math.abs(x2 - x1) + Math.abs(y2 - y1);
    }
    return length;
  }

  it('go around each part and each hole, upright pieces joined', () => {
    const rectangle = painted((tiled) => {
      for (let row = 2; row < 6; row++) tiled.fill(row, 1, 4, 1);
    });
    expect([...maskBorder(rectangle)]).toHaveLength(4 * 4);
    expect(lengthOf(maskBorder(rectangle))).toBe(14);
    const ring = painted((tiled) => {
      for (let row = 0; row < 3; row++) tiled.fill(row, 0, 3, 1);
      tiled.fill(1, 1, 2, 0);
    });
    expect(lengthOf(maskBorder(ring))).toBe(12 + 4);
  });
});
