import type { RgbImage } from './decode-image.ts';

/** Side of the grey picture that is transformed, and of the block of frequencies that is kept. */
const SIDE = 32;
const KEPT = 8;

/** The hash of a picture without structure: flat, or changing along one side alone. */
export const FLAT_HASH = '0000000000000000';

/** cosines[k][n] = cos(π·(2n + 1)·k / 2N) for the frequencies 0…8 */
const cosines = Array.from({ length: KEPT + 1 }, (_, k) =>
  Float64Array.from({ length: SIDE }, (_, n) => Math.cos((Math.PI * (2 * n + 1) * k) / (2 * SIDE))),
);

/** Which of SIDE equal parts the pixel at `index` of `length` lies in, and with what share of a part. */
function sharesOf(index: number, length: number): { cell: number; share: number }[] {
  const scale = SIDE / length;
  const first = Math.floor(index * scale);
  const end = Math.min(Math.ceil((index + 1) * scale), SIDE);
  return Array.from({ length: Math.max(end - first, 0) }, (_, i) => {
    const cell = first + i;
    const overlap = Math.min((index + 1) * scale, cell + 1) - Math.max(index * scale, cell);
    return { cell, share: Math.max(overlap, 0) };
  });
}

/** The pixels of a side that touch each of its SIDE equal parts, with their shares of the part. */
function partsOf(length: number): { from: number; shares: Float64Array }[] {
  const parts = Array.from({ length: SIDE }, () => ({ from: -1, shares: [] as number[] }));
  for (let index = 0; index < length; index += 1) {
    for (const { cell, share } of sharesOf(index, length)) {
      const part = parts[cell]!;
      if (part.from < 0) part.from = index;
      part.shares.push(share);
    }
  }
  return parts.map(({ from, shares }) => ({ from, shares: Float64Array.from(shares) }));
}

/**
 * Mean luma (BT.601, in thousandths) of each cell of a 32×32 grid: [32, 32] f64. Pixels on a border
 * count for both cells by their area, so that the size of a picture hardly matters.
 */
function greyCells({ width, height, data }: RgbImage): Float64Array {
  const cells = new Float64Array(SIDE * SIDE);
  const columns = partsOf(width);
  const row = new Float64Array(SIDE);
  for (let y = 0; y < height; y += 1) {
    for (let cell = 0; cell < SIDE; cell += 1) {
      const { from, shares } = columns[cell]!;
      let sum = 0;
      for (let i = 0, at = (y * width + from) * 3; i < shares.length; i += 1, at += 3) {
        sum += shares[i]! * (299 * data[at]! + 587 * data[at + 1]! + 114 * data[at + 2]!);
      }
      row[cell] = sum;
    }
    for (const { cell, share } of sharesOf(y, height)) {
      for (let x = 0; x < SIDE; x += 1) cells[cell * SIDE + x]! += share * row[x]!;
    }
  }
  return cells;
}

/** The coefficients 1…8 × 1…8 of the two-dimensional DCT-II, row after row. */
function lowFrequencies(cells: Float64Array): Float64Array {
  const rows = new Float64Array(SIDE * (KEPT + 1));
  for (let y = 0; y < SIDE; y += 1) {
    for (let u = 1; u <= KEPT; u += 1) {
      let sum = 0;
      for (let x = 0; x < SIDE; x += 1) sum += cells[y * SIDE + x]! * cosines[u]![x]!;
      rows[y * (KEPT + 1) + u] = sum;
    }
  }
  const kept = new Float64Array(KEPT * KEPT);
  for (let v = 1; v <= KEPT; v += 1) {
    for (let u = 1; u <= KEPT; u += 1) {
      let sum = 0;
      for (let y = 0; y < SIDE; y += 1) sum += rows[y * (KEPT + 1) + u]! * cosines[v]![y]!;
      // Whole thousandths: a flat picture has zeros, not the noise of rounding.
      kept[(v - 1) * KEPT + u - 1] = Math.round(sum);
    }
  }
  return kept;
}

/**
 * A 64-bit hash that stays nearly the same when a picture is scaled or encoded again: the picture
 * as 32×32 greys, its DCT-II, the 8×8 lowest frequencies but those of row and column 0, one bit
 * each: 1 above their median.
 * @returns 16 lower-case hex digits, the lowest frequency first
 * @source C. Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions (2010),
 *         section 3.2.1, as pHash's ph_dct_imagehash does it, with area means for its mean filter
 */
export function perceptualHash(image: RgbImage): string {
  const values = lowFrequencies(greyCells(image));
  const sorted = values.toSorted();
  const median = (sorted[31]! + sorted[32]!) / 2;
  let hex = '';
  for (let at = 0; at < values.length; at += 4) {
    let digit = 0;
    for (let bit = 0; bit < 4; bit += 1) digit = digit * 2 + (values[at + bit]! > median ? 1 : 0);
    hex += digit.toString(16);
  }
  return hex;
}

/**
 * How much the parts of a picture differ: the standard deviation of the mean luma (0…255) of the
 * cells of a 32×32 grid. 0 for a flat picture; a black or faded frame of a video has little.
 */
export function contrast(image: RgbImage): number {
  const cells = greyCells(image);
  const mean = cells.reduce((sum, value) => sum + value, 0) / cells.length;
  const squares = cells.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(squares / cells.length) / 1000;
}

/** How many bits are set in a whole number of 32 bits. */
export function bitCount(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return (((v + (v >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** The two halves of a hash. */
export function hashHalves(hash: string): readonly [number, number] {
  if (!/^[0-9a-f]{16}$/.test(hash)) throw new RangeError(`no perceptual hash: ${hash}`);
  return [parseInt(hash.slice(0, 8), 16) | 0, parseInt(hash.slice(8), 16) | 0];
}

/** In how many of their 64 bits two hashes differ. */
export function hammingDistance(a: string, b: string): number {
  const [highA, lowA] = hashHalves(a);
  const [highB, lowB] = hashHalves(b);
  return bitCount(highA ^ highB) + bitCount(lowA ^ lowB);
}
