import { LensmithError } from '../base/errors.ts';

/** Eight-bit RGB pixels, rows from the top, three bytes a pixel. */
export interface RgbPixels {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] u8 */
  readonly data: Uint8Array;
}

export type ResampleFilter = 'bilinear' | 'bicubic' | 'lanczos';

/** A part of the resized picture, in its pixels. */
export interface ResampleWindow {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const FRACTION_BITS = 22;
const ONE_HALF = 1 << (FRACTION_BITS - 1);
const MAX_PIXELS = 1 << 28;

function triangle(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? 1 - distance : 0;
}

function cubic(x: number): number {
  const a = -0.5;
  const distance = Math.abs(x);
  if (distance < 1) return ((a + 2) * distance - (a + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * a;
  return 0;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(x * Math.PI) / (x * Math.PI);
}

function lanczos(x: number): number {
  return x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
}

const FILTERS: {
  readonly [F in ResampleFilter]: {
    readonly weight: (x: number) => number;
    readonly support: number;
  };
} = {
  bilinear: { weight: triangle, support: 1 },
  bicubic: { weight: cubic, support: 2 },
  lanczos: { weight: lanczos, support: 3 },
};

/** Weights of one axis: output i reads `counts[i]` inputs from `starts[i]` on. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** Row i holds the weights of output i, in units of 2^-22. */
  readonly weights: Int32Array;
  readonly stride: number;
}

function axisWeights(
  inputSize: number,
  outputSize: number,
  from: number,
  length: number,
  filter: ResampleFilter,
): AxisWeights {
  const { weight, support: unitSupport } = FILTERS[filter];
  const scale = inputSize / outputSize;
  const filterScale = Math.max(scale, 1);
  const support = unitSupport * filterScale;
  const inverseScale = 1 / filterScale;
  const stride = Math.min(Math.ceil(support) * 2 + 1, inputSize);
  const starts = new Int32Array(length);
  const counts = new Int32Array(length);
  const weights = new Int32Array(length * stride);
  const row = new Float64Array(stride);
  for (let i = 0; i < length; i += 1) {
    const centre = (from + i + 0.5) * scale;
    const start = Math.max(Math.trunc(centre - support + 0.5), 0);
    const count = Math.min(Math.trunc(centre + support + 0.5), inputSize) - start;
    let sum = 0;
    for (let k = 0; k < count; k += 1) {
      row[k] = weight((k + start - centre + 0.5) * inverseScale);
      sum += row[k]!;
    }
    // The order of these roundings is what makes the result equal to the reference to the last bit.
    const normalise = sum === 0 ? 1 : 1 / sum;
    for (let k = 0; k < count; k += 1) {
      const fixed = row[k]! * normalise * (1 << FRACTION_BITS);
      weights[i * stride + k] = Math.trunc(fixed < 0 ? fixed - 0.5 : fixed + 0.5);
    }
    starts[i] = start;
    counts[i] = count;
  }
  return { starts, counts, weights, stride };
}

function toByte(accumulator: number): number {
  const value = accumulator >> FRACTION_BITS;
  return value < 0 ? 0 : value > 255 ? 255 : value;
}

/** Rows [firstRow, firstRow + rows) of the input, resized along x. */
function resampleRows(
  image: RgbPixels,
  firstRow: number,
  rows: number,
  columns: number,
  axis: AxisWeights,
): Uint8Array {
  const { starts, counts, weights, stride } = axis;
  const source = image.data;
  const output = new Uint8Array(rows * columns * 3);
  let at = 0;
  for (let y = 0; y < rows; y += 1) {
    const rowStart = (firstRow + y) * image.width;
    for (let x = 0; x < columns; x += 1) {
      let red = ONE_HALF;
      let green = ONE_HALF;
      let blue = ONE_HALF;
      let from = (rowStart + starts[x]!) * 3;
      const firstWeight = x * stride;
      const lastWeight = firstWeight + counts[x]!;
      for (let k = firstWeight; k < lastWeight; k += 1) {
        const weight = weights[k]!;
        red = (red + source[from]! * weight) | 0;
        green = (green + source[from + 1]! * weight) | 0;
        blue = (blue + source[from + 2]! * weight) | 0;
        from += 3;
      }
      output[at] = toByte(red);
      output[at + 1] = toByte(green);
      output[at + 2] = toByte(blue);
      at += 3;
    }
  }
  return output;
}

/** Columns stay; row y of the output mixes the rows that `axis` names, `firstRow` being row 0 of `source`. */
function resampleColumns(
  source: Uint8Array,
  rowBytes: number,
  firstRow: number,
  rows: number,
  axis: AxisWeights,
): Uint8Array {
  const { starts, counts, weights, stride } = axis;
  const output = new Uint8Array(rows * rowBytes);
  const sums = new Int32Array(rowBytes);
  for (let y = 0; y < rows; y += 1) {
    sums.fill(ONE_HALF);
    for (let k = 0; k < counts[y]!; k += 1) {
      const weight = weights[y * stride + k]!;
      const from = (starts[y]! + k - firstRow) * rowBytes;
      for (let i = 0; i < rowBytes; i += 1) sums[i] = sums[i]! + source[from + i]! * weight;
    }
    const to = y * rowBytes;
    for (let i = 0; i < rowBytes; i += 1) output[to + i] = toByte(sums[i]!);
  }
  return output;
}

function cutRows(image: RgbPixels, rows: number, top: number, window: ResampleWindow): Uint8Array {
  if (window.width === image.width) {
    return image.data.subarray(top * image.width * 3, (top + rows) * image.width * 3);
  }
  const output = new Uint8Array(rows * window.width * 3);
  for (let y = 0; y < rows; y += 1) {
    const from = ((top + y) * image.width + window.left) * 3;
    output.set(image.data.subarray(from, from + window.width * 3), y * window.width * 3);
  }
  return output;
}

function checkSizes(image: RgbPixels, width: number, height: number, window: ResampleWindow): void {
  const sizes = [image.width, image.height, width, height, window.width, window.height];
  const whole = sizes.every((size) => Number.isSafeInteger(size) && size > 0);
  if (!whole || image.data.length !== image.width * image.height * 3) {
    throw new LensmithError('data/resample-shape', 'A picture cannot be resized.', {
      expected: 'positive whole sides and 3 bytes a pixel',
      got: `${image.width}×${image.height} with ${image.data.length} bytes to ${width}×${height}`,
    });
  }
  const inside =
    window.left >= 0 &&
    window.top >= 0 &&
    window.left + window.width <= width &&
    window.top + window.height <= height;
  if (!inside) {
    throw new LensmithError('data/resample-window', 'A window lies outside the resized picture.', {
      expected: `a part of ${width}×${height}`,
      got: `${window.width}×${window.height} at (${window.left}, ${window.top})`,
    });
  }
  if (window.width * window.height > MAX_PIXELS) {
    throw new LensmithError('data/resample-too-large', 'A resized picture would be too large.', {
      expected: `at most ${MAX_PIXELS} pixels`,
      got: `${window.width}×${window.height}`,
      hint: 'Crop the picture: its sides differ too much in length.',
    });
  }
}

/**
 * Pillow's antialiased resize of 8-bit RGB, equal to it in every bit: weights
 * w(i) = f((i - centre + ½) / max(scale, 1)) normalised to sum 1 and rounded to
 * 22-bit fixed point, along x first, then along y, each pass rounded to 8 bits;
 * a pass whose side keeps its length is skipped.
 *
 * @param image  [H, W, 3] u8
 * @param width  columns of the whole result
 * @param height rows of the whole result
 * @param window the part of the result to compute (default all of it); its
 *               pixels are those of the whole result, at a fraction of the cost
 * @returns      [window.height, window.width, 3] u8
 * @throws data/resample-shape, data/resample-window, data/resample-too-large
 * @source Pillow's ImagingResample (bilinear, bicubic with a = -0.5, Lanczos-3)
 */
export function resizeRgb(
  image: RgbPixels,
  width: number,
  height: number,
  filter: ResampleFilter,
  window: ResampleWindow = { left: 0, top: 0, width, height },
): RgbPixels {
  checkSizes(image, width, height, window);
  let top = window.top;
  let rows = window.height;
  let vertical: AxisWeights | undefined;
  if (height !== image.height) {
    vertical = axisWeights(image.height, height, window.top, window.height, filter);
    top = vertical.starts[0]!;
    rows = vertical.starts[window.height - 1]! + vertical.counts[window.height - 1]! - top;
  }
  const data =
    width === image.width
      ? cutRows(image, rows, top, window)
      : resampleRows(
          image,
          top,
          rows,
          window.width,
          axisWeights(image.width, width, window.left, window.width, filter),
        );
  return {
    width: window.width,
    height: window.height,
    data: vertical
      ? resampleColumns(data, window.width * 3, top, window.height, vertical)
      : data.slice(),
  };
}
