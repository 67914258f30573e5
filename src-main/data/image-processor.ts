import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../base/errors.ts';
import { parseImageProcessorSettings } from './image-processor-settings.ts';
import type { ImageProcessorSettings } from './image-processor-settings.ts';
import { resizeRgb } from './resample.ts';
import type { ResampleWindow, RgbPixels } from './resample.ts';

export interface PixelValues {
  /** [3, H, W] f32, channels R, G, B */
  readonly data: Float32Array;
  readonly shape: readonly [3, number, number];
}

export interface ImageProcessor {
  readonly settings: ImageProcessorSettings;
  /** Equal for equal results: a hash of the settings, for keys of caches. */
  readonly identity: string;
  /** The same for every picture, or undefined where it follows the picture. */
  readonly outputSize: { readonly height: number; readonly width: number } | undefined;
  /**
   * Pixel values of one picture.
   * @throws data/resample-shape, data/resample-too-large
   */
  process(image: RgbPixels): PixelValues;
}

/** Raise it when the same settings give other numbers than before, so that caches miss. */
const REVISION = 1;
const MAX_FILE_BYTES = 1 << 20;

/** Both sides after the resize, as the reference rounds them: the long side is truncated. */
function resizedSides(image: RgbPixels, settings: ImageProcessorSettings): [number, number] {
  const size = settings.resize?.size;
  if (!size) return [image.width, image.height];
  if (size.kind === 'exact') return [size.width, size.height];
  const { width, height } = image;
  return width <= height
    ? [size.edge, Math.trunc((size.edge * height) / width)]
    : [Math.trunc((size.edge * width) / height), size.edge];
}

/** One axis of the centre crop: where it starts in the picture, and the part of it that lies there. */
function cropAxis(side: number, crop: number): { offset: number; start: number; length: number } {
  const offset = Math.floor((side - crop) / 2);
  const start = Math.max(offset, 0);
  return { offset, start, length: Math.min(offset + crop, side) - start };
}

/** Resize and crop in one: only the pixels that the crop keeps are computed. */
function resizeAndCrop(image: RgbPixels, settings: ImageProcessorSettings): RgbPixels {
  const [width, height] = resizedSides(image, settings);
  const filter = settings.resize?.filter ?? 'bicubic';
  const crop = settings.centreCrop;
  if (!crop) return resizeRgb(image, width, height, filter);
  const x = cropAxis(width, crop.width);
  const y = cropAxis(height, crop.height);
  const window: ResampleWindow = {
    left: x.start,
    top: y.start,
    width: x.length,
    height: y.length,
  };
  const part = resizeRgb(image, width, height, filter, window);
  if (part.width === crop.width && part.height === crop.height) return part;
  // A crop larger than the picture is filled with black before the values are normalised.
  const data = new Uint8Array(crop.width * crop.height * 3);
  for (let row = 0; row < part.height; row += 1) {
    const to = (row + y.start - y.offset) * crop.width + x.start - x.offset;
    data.set(part.data.subarray(row * part.width * 3, (row + 1) * part.width * 3), to * 3);
  }
  return { width: crop.width, height: crop.height, data };
}

/**
 * value[c][v] of the 256 levels of each channel: round32(v · factor), then
 * (x - mean) / std with every step rounded to 32 bits, as the reference does.
 */
function levelTable(settings: ImageProcessorSettings): Float32Array {
  const table = new Float32Array(3 * 256);
  for (let channel = 0; channel < 3; channel += 1) {
    const mean = Math.fround(settings.normalise?.mean[channel] ?? 0);
    const std = Math.fround(settings.normalise?.std[channel] ?? 1);
    for (let level = 0; level < 256; level += 1) {
      const rescaled = Math.fround(level * (settings.rescaleFactor ?? 1));
      table[channel * 256 + level] = Math.fround(rescaled - mean) / std;
    }
  }
  return table;
}

function toPlanes(image: RgbPixels, table: Float32Array): Float32Array {
  const pixels = image.width * image.height;
  const planes = new Float32Array(3 * pixels);
  for (let i = 0, from = 0; i < pixels; i += 1, from += 3) {
    planes[i] = table[image.data[from]!]!;
    planes[pixels + i] = table[256 + image.data[from + 1]!]!;
    planes[2 * pixels + i] = table[512 + image.data[from + 2]!]!;
  }
  return planes;
}

function identityOf(settings: ImageProcessorSettings): string {
  const { resize, centreCrop, rescaleFactor, normalise } = settings;
  const relevant = [
    REVISION,
    resize ? [resize.filter, resizeKey(resize.size)] : null,
    centreCrop ? [centreCrop.height, centreCrop.width] : null,
    rescaleFactor ?? null,
    normalise ? [normalise.mean, normalise.std] : null,
  ];
  return createHash('sha256').update(JSON.stringify(relevant)).digest('hex');
}

function resizeKey(size: NonNullable<ImageProcessorSettings['resize']>['size']): number[] {
  return size.kind === 'exact' ? [size.height, size.width] : [size.edge];
}

/**
 * Resize, centre crop, rescale and normalise, each where the settings ask for it.
 * Input pixels are RGB already (alpha dropped, orientation applied).
 */
export function createImageProcessor(settings: ImageProcessorSettings): ImageProcessor {
  const table = levelTable(settings);
  const size = settings.resize?.size;
  const fixed = size?.kind === 'exact' ? { height: size.height, width: size.width } : undefined;
  return {
    settings,
    identity: identityOf(settings),
    outputSize: settings.centreCrop ?? fixed,
    process(image) {
      const prepared = resizeAndCrop(image, settings);
      return {
        data: toPlanes(prepared, table),
        shape: [3, prepared.height, prepared.width],
      };
    },
  };
}

async function readJson(path: string): Promise<unknown> {
  let file;
  try {
    file = await open(path, 'r');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new LensmithError('data/processor-unreadable', `${path} cannot be read.`, { cause });
  }
  try {
    const { size } = await file.stat();
    if (size > MAX_FILE_BYTES) throw new Error(`${size} bytes, at most ${MAX_FILE_BYTES} allowed`);
    const text = await file.readFile('utf8');
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new LensmithError('data/processor-unreadable', `${path} cannot be read.`, {
      expected: 'a JSON object',
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  } finally {
    await file.close();
  }
}

/**
 * The image processor of a model folder: `image_processor` inside
 * processor_config.json, else preprocessor_config.json.
 *
 * @throws data/processor-missing      neither file describes one
 * @throws data/processor-unreadable   a file that is not JSON or too large
 * @throws those of parseImageProcessorSettings
 */
export async function loadImageProcessor(dir: string): Promise<ImageProcessor> {
  const processor = await readJson(join(dir, 'processor_config.json'));
  const nested =
    typeof processor === 'object' && processor !== null && 'image_processor' in processor
      ? processor.image_processor
      : undefined;
  const json = nested ?? (await readJson(join(dir, 'preprocessor_config.json')));
  if (json === undefined) {
    throw new LensmithError('data/processor-missing', `${dir} describes no image processor.`, {
      expected: 'processor_config.json with image_processor, or preprocessor_config.json',
      hint: 'Copy the file from the model it was made from.',
    });
  }
  return createImageProcessor(parseImageProcessorSettings(json));
}
