import type { RgbImage } from './decode-image.ts';
import type { HeifTransform } from './heif.ts';

/** Where pixels come from: the first, and the steps to its right and lower neighbours, in pixels. */
interface Walk {
  readonly width: number;
  readonly height: number;
  readonly start: number;
  readonly stepX: number;
  readonly stepY: number;
}

function walkThrough(image: RgbImage, { width, height, start, stepX, stepY }: Walk): RgbImage {
  const data = new Uint8Array(width * height * 3);
  for (let y = 0, to = 0; y < height; y += 1) {
    let from = (start + y * stepY) * 3;
    for (let x = 0; x < width; x += 1, to += 3, from += stepX * 3) {
      data[to] = image.data[from]!;
      data[to + 1] = image.data[from + 1]!;
      data[to + 2] = image.data[from + 2]!;
    }
  }
  return { width, height, data };
}

/** Quarter turns counter-clockwise. */
function turn({ width, height }: RgbImage, quarters: number): Walk {
  const turned = { width: height, height: width };
  const lastRow = width * (height - 1);
  if (quarters === 1) return { ...turned, start: width - 1, stepX: width, stepY: -1 };
  if (quarters === 3) return { ...turned, start: lastRow, stepX: -width, stepY: 1 };
  if (quarters === 0) return { width, height, start: 0, stepX: 1, stepY: width };
  return { width, height, start: width * height - 1, stepX: -1, stepY: -width };
}

function mirror({ width, height }: RgbImage, swap: 'rows' | 'columns'): Walk {
  if (swap === 'columns') return { width, height, start: width - 1, stepX: -1, stepY: width };
  return { width, height, start: width * (height - 1), stepX: 1, stepY: -width };
}

/** The clean aperture: width, height, and the distance of its centre from the picture's, as fractions. */
function crop(image: RgbImage, aperture: readonly number[]): Walk {
  const fraction = (i: number) => aperture[i * 2]! / aperture[i * 2 + 1]!;
  const width = Math.round(fraction(0));
  const height = Math.round(fraction(1));
  const left = Math.round(fraction(2) + (image.width - width) / 2);
  const top = Math.round(fraction(3) + (image.height - height) / 2);
  const inside =
    width > 0 &&
    height > 0 &&
    left >= 0 &&
    top >= 0 &&
    left + width <= image.width &&
    top + height <= image.height;
  if (!inside) throw new Error('a clean aperture that lies outside the picture');
  return { width, height, start: top * image.width + left, stepX: 1, stepY: image.width };
}

/**
 * Applies a transformative property of a HEIF item.
 * @source ISO/IEC 23008-12: irot turns counter-clockwise, imir 0 exchanges top and bottom, 1 left and
 *         right; ISO/IEC 14496-12 12.1.4: clap
 */
export function transformPixels(image: RgbImage, transform: HeifTransform): RgbImage {
  switch (transform.kind) {
    case 'rotate':
      return walkThrough(image, turn(image, transform.quarters));
    case 'mirror':
      return walkThrough(image, mirror(image, transform.swap));
    case 'crop':
      return walkThrough(image, crop(image, transform.aperture));
  }
}
