/**
 * COCO's masks: lengths of runs over the whole picture, column by column, first of pixels outside. As a
 * list, or packed into a string: from the fourth on a length is its difference from the one two before;
 * five bits a character, the lowest first, of which bit 5 says that more follow and, in the last, bit
 * 4 is the sign; characters count from 48.
 * @source cocodataset/cocoapi, common/maskApi.c
 */
import { RecordFault } from '../../../formats/datasets/dataset-format.ts';
import { maskOf, pixelsOf } from './mask-pixels.ts';
import type { Mask } from './mask-pixels.ts';

interface Size {
  readonly width: number;
  readonly height: number;
}

/** Six characters hold 30 bits, more than any picture has pixels. */
const longestNumber = 6;

/** @throws RecordFault where the text is none of these */
export function unpackRuns(text: string): number[] {
  const counts: number[] = [];
  for (let at = 0; at < text.length;) {
    let [value, digits] = [0, 0];
    let code: number;
    do {
      code = text.charCodeAt(at) - 48;
      if (!(code >= 0 && code < 64) || digits === longestNumber) throw notPacked();
      value |= (code & 31) << (5 * digits);
      digits += 1;
      at += 1;
    } while ((code & 32) !== 0);
    if ((code & 16) !== 0) value |= -1 << (5 * digits);
    const before = counts.length > 2 ? (counts.at(-2) as number) : 0;
    counts.push(value + before);
  }
  return counts;
}

const notPacked = (): RecordFault =>
  new RecordFault('marks-unreadable', 'its mask is no packed run lengths');

/**
 * @returns the mask, in the smallest rectangle around it; null when no pixel is in it
 * @throws RecordFault where the lengths do not fill the picture
 */
export function maskOfColumns(counts: readonly number[], { width, height }: Size): Mask | null {
  const isSound = counts.every((count) => Number.isInteger(count) && count >= 0);
  if (!isSound || counts.reduce((sum, count) => sum + count, 0) !== width * height) {
    throw new RecordFault(
      'marks-unreadable',
      'the run lengths of its mask do not fill its picture',
    );
  }
  const place = rectangleOf(counts, { width, height });
  if (place === null) return null;
  const pixels = new Uint8Array(place.width * place.height);
  for (const [start, end] of insideRuns(counts)) {
    for (let at = start; at < end; at += 1) {
      const column = Math.floor(at / height) - place.x;
      pixels[((at % height) - place.y) * place.width + column] = 1;
    }
  }
  return maskOf({ ...place, pixels });
}

function* insideRuns(counts: readonly number[]): Generator<readonly [start: number, end: number]> {
  let at = 0;
  for (const [index, count] of counts.entries()) {
    if (index % 2 === 1 && count > 0) yield [at, at + count];
    at += count;
  }
}

function rectangleOf(counts: readonly number[], { width, height }: Size) {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const [start, end] of insideRuns(counts)) {
    const [first, last] = [Math.floor(start / height), Math.floor((end - 1) / height)];
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
    // A run over a column's end reaches the lower edge and begins again at the upper one.
    top = Math.min(top, first === last ? start % height : 0);
    bottom = Math.max(bottom, first === last ? ((end - 1) % height) + 1 : height);
  }
  return right > left ? { x: left, y: top, width: right - left, height: bottom - top } : null;
}

/** Of what lies inside the picture. */
export function columnsOfMask(mask: Mask, { width, height }: Size): number[] {
  const { x, y, pixels, ...size } = pixelsOf(mask);
  const counts: number[] = [];
  let [value, run] = [0, 0];
  const put = (next: number, length: number): void => {
    if (next !== value) {
      counts.push(run);
      [value, run] = [next, 0];
    }
    run += length;
  };
  const [firstRow, endRow] = [Math.max(0, y), Math.min(height, y + size.height)];
  for (let column = 0; column < width; column += 1) {
    const at = column - x;
    if (at < 0 || at >= size.width || endRow <= firstRow) {
      put(0, height);
      continue;
    }
    if (firstRow > 0) put(0, firstRow);
    for (let row = firstRow; row < endRow; row += 1) {
      put(pixels[(row - y) * size.width + at] as number, 1);
    }
    if (endRow < height) put(0, height - endRow);
  }
  return [...counts, run];
}
