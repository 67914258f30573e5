/** Masks as pixels of a rectangle, a byte each, row by row: between run lengths and outlines. */
import type { GeometryOf } from '../../../ipc/contract/shapes.ts';
import type { Point } from '../shape-bounds.ts';

export type Mask = GeometryOf<'mask'>;

/** A part of a picture; `pixels` has width · height of 0 and 1. */
export interface MaskPixels {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint8Array;
}

/** Whole pixels; the right and lower edges are no longer in it. */
interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function pixelsOf({ counts, ...place }: Mask): MaskPixels {
  const pixels = new Uint8Array(place.width * place.height);
  let at = 0;
  for (const [index, count] of counts.entries()) {
    if (index % 2 === 1) pixels.fill(1, at, at + count);
    at += count;
  }
  return { ...place, pixels };
}

export function maskOf({ pixels, x, y, width, height }: MaskPixels): Mask {
  return { kind: 'mask', x, y, width, height, counts: runsOf(pixels) };
}

/** Lengths of the runs of 0 and 1 in turn, first of 0. */
export function runsOf(pixels: Uint8Array): number[] {
  const counts: number[] = [];
  let [at, value] = [0, 0];
  while (at < pixels.length) {
    const next = pixels.indexOf(1 - value, at);
    const end = next < 0 ? pixels.length : next;
    counts.push(end - at);
    [at, value] = [end, 1 - value];
  }
  return counts;
}

/**
 * What outlines enclose, all of them together: pixels whose centres are inside of one of them. An
 * outline that crosses itself encloses what it winds around an odd number of times.
 * @returns null when no pixel's centre is inside
 */
export function pixelsInside(
  outlines: readonly (readonly Point[])[],
  picture: Rectangle,
): MaskPixels | null {
  const place = rectangleAround(outlines.flat(), picture);
  if (place === null) return null;
  const pixels = new Uint8Array(place.width * place.height);
  for (const outline of outlines) fill(outline, place, pixels);
  return pixels.includes(1) ? { ...place, pixels } : null;
}

function rectangleAround(points: readonly Point[], picture: Rectangle): Rectangle | null {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  const x = Math.max(picture.x, Math.floor(left));
  const y = Math.max(picture.y, Math.floor(top));
  const width = Math.min(picture.x + picture.width, Math.ceil(right)) - x;
  const height = Math.min(picture.y + picture.height, Math.ceil(bottom)) - y;
  return width > 0 && height > 0 ? { x, y, width, height } : null;
}

function fill(outline: readonly Point[], place: Rectangle, pixels: Uint8Array): void {
  for (let row = 0; row < place.height; row += 1) {
    const crossings = crossingsOf(outline, place.y + row + 0.5);
    for (let n = 0; n + 1 < crossings.length; n += 2) {
      const [start, end] = [crossings[n] as number, crossings[n + 1] as number].map((x) =>
        Math.min(place.width, Math.max(0, Math.ceil(x - 0.5 - place.x))),
      ) as [number, number];
      pixels.fill(1, row * place.width + start, row * place.width + end);
    }
  }
}

/** Where the outline passes a height, from left to right. */
function crossingsOf(outline: readonly Point[], y: number): number[] {
  const found: number[] = [];
  let [fromX, fromY] = outline.at(-1) as Point;
  for (const [toX, toY] of outline) {
    if (fromY <= y !== toY <= y) found.push(fromX + ((y - fromY) / (toY - fromY)) * (toX - fromX));
    [fromX, fromY] = [toX, toY];
  }
  return found.sort((a, b) => a - b);
}
