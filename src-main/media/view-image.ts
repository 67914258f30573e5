import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { LensmithError } from '../base/errors.ts';
import {
  DEFAULT_IMAGE_TIMEOUT_MS,
  DEFAULT_MAX_PIXELS,
  decodeImage,
  pictureBytes,
} from './decode-image.ts';
import type { DecodeImageOptions, RgbImage } from './decode-image.ts';
import { brokenImage, imageTooLarge } from './image-errors.ts';
import { sniffImageFormat } from './image-format.ts';
import type { ImageFormat } from './image-format.ts';
import { tooSlow, withinTime } from './time-limit.ts';

/** A picture as a person sees it: upright, in sRGB, with its transparency. */
export interface ViewedImage {
  /** Upright size, that of decodeImage. */
  readonly width: number;
  readonly height: number;
  readonly hasAlpha: boolean;
  readonly format: ImageFormat | undefined;
  readonly pipeline: Sharp;
}

/** Pixels as a picture to encode. */
export function viewPixels({ width, height, data }: RgbImage): ViewedImage {
  const pipeline = sharp(data, { raw: { width, height, channels: 3 }, limitInputPixels: false });
  return { width, height, hasAlpha: false, format: undefined, pipeline };
}

/**
 * Opens a picture to be shown, where decodeImage opens it to be learnt from: colour profiles are
 * applied, transparency is kept, wide samples are scaled. The size is the same.
 */
async function viewBytes(
  bytes: Uint8Array,
  name: string,
  options: DecodeImageOptions,
): Promise<ViewedImage> {
  const format = sniffImageFormat(bytes, name);
  if (format === 'bmp' || format === 'heic') {
    return { ...viewPixels(await decodeImage(bytes, { ...options, name })), format };
  }
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  const open = (limit: number | false) =>
    sharp(bytes, { failOn: 'error', limitInputPixels: limit });
  const { width, height, orientation = 1, hasAlpha } = await open(false).metadata();
  if (width * height > maxPixels) {
    throw imageTooLarge(name, `at most ${maxPixels} pixels`, `${width}×${height} pixels`);
  }
  const turned = orientation > 4;
  return {
    width: turned ? height : width,
    height: turned ? width : height,
    hasAlpha,
    format,
    pipeline: open(maxPixels).autoOrient(),
  };
}

/**
 * Opens a picture for viewing and hands it to `use`, all within the time.
 * @throws those of decodeImage
 */
export async function withView<T>(
  source: string | Uint8Array | RgbImage,
  options: DecodeImageOptions,
  use: (view: ViewedImage) => Promise<T>,
): Promise<T> {
  const name = options.name ?? (typeof source === 'string' ? source : 'The picture');
  const { timeoutMs = DEFAULT_IMAGE_TIMEOUT_MS, signal } = options;
  const limit = { what: `Showing ${name}`, timeoutMs, signal };
  const isPixels = typeof source !== 'string' && !(source instanceof Uint8Array);
  return withinTime(limit, async () => {
    const bytes = isPixels ? undefined : await pictureBytes(source, options);
    try {
      const view = bytes ? await viewBytes(bytes, name, options) : viewPixels(source as RgbImage);
      view.pipeline.timeout({ seconds: Math.min(Math.ceil(timeoutMs / 1000), 3600) });
      return await use(view);
    } catch (cause) {
      if (cause instanceof LensmithError) throw cause;
      if (/timeout/.test(String(cause))) throw tooSlow(limit);
      throw brokenImage(name, cause);
    }
  });
}
