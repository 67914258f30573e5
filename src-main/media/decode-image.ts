import sharp from 'sharp';
import type { Sharp } from 'sharp';
import { LensmithError } from '../base/errors.ts';
import { decodeBmp } from './bmp.ts';
import type { FfmpegOptions } from './ffmpeg.ts';
import { decodeHeic } from './heic.ts';
import { brokenImage, imageTooLarge } from './image-errors.ts';
import { sniffImageFormat } from './image-format.ts';
import type { ImageFormat } from './image-format.ts';
import { readWholeFile } from './read-file.ts';
import { withinTime } from './time-limit.ts';
import type { TimeLimit } from './time-limit.ts';

// One thread a picture: callers decode several at once, and the engine has threads of its own.
sharp.concurrency(1);
sharp.cache(false);

/** 8-bit RGB pixels, upright, rows from the top. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] u8 */
  readonly data: Uint8Array;
}

/** A decoded picture file. */
export interface DecodedImage extends RgbImage {
  /** The file had transparency; its alpha is dropped, the colours under it are kept. */
  readonly hadAlpha: boolean;
  /** 16-bit grey with values above 255, all of which are white here. */
  readonly isClipped: boolean;
  /** EXIF orientation 1…8 that the file carried and that has been applied. */
  readonly orientation: number;
  readonly format: ImageFormat;
}

/** Programs are used for HEIC alone. */
export interface DecodeImageOptions extends FfmpegOptions {
  /** How to name the picture in errors when it comes as bytes. */
  readonly name?: string;
  /** Pixels of the picture, default 2^28 (a 16,384² square). */
  readonly maxPixels?: number;
  /** Bytes of the file, default 1 GiB. */
  readonly maxFileBytes?: number;
  /** Default 2 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export const DEFAULT_MAX_PIXELS = 2 ** 28;
export const DEFAULT_MAX_FILE_BYTES = 2 ** 30;
export const DEFAULT_IMAGE_TIMEOUT_MS = 120_000;

interface Raw {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

async function rawPixels(image: Sharp, depth: 'uchar' | 'ushort' = 'uchar'): Promise<Raw> {
  const { data, info } = await image.raw({ depth }).toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: info.channels };
}

/** Keeps the first three of four channels. */
function dropAlpha({ data, width, height, channels }: Raw): Uint8Array {
  if (channels === 3) return new Uint8Array(data);
  const output = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < output.length; from += channels, to += 3) {
    output[to] = data[from]!;
    output[to + 1] = data[from + 1]!;
    output[to + 2] = data[from + 2]!;
  }
  return output;
}

/** Without a colour profile: channel = clip(K' - round(ink · K' / 255)), K' = 255 - K. */
function cmykToRgb({ data, width, height }: Raw): Uint8Array {
  const output = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < output.length; from += 4, to += 3) {
    const light = 255 - data[from + 3]!;
    for (let ink = 0; ink < 3; ink += 1) {
      const product = data[from + ink]! * light + 128;
      output[to + ink] = light - (((product >> 8) + product) >> 8);
    }
  }
  return output;
}

/** The reference cuts 16-bit grey off at 255 instead of scaling it. */
function clipGrey16({ data, width, height }: Raw): { data: Uint8Array; isClipped: boolean } {
  const values = new Uint16Array(data.buffer, data.byteOffset, width * height);
  const output = new Uint8Array(values.length * 3);
  let highest = 0;
  for (let i = 0; i < values.length; i += 1) {
    const value = values[i]!;
    if (value > highest) highest = value;
    output.fill(Math.min(value, 255), i * 3, i * 3 + 3);
  }
  return { data: output, isClipped: highest > 255 };
}

/**
 * Decodes a picture to what `exif_transpose` and `convert('RGB')` of the
 * reference's imaging library give: orientation applied, alpha dropped (not
 * composited), no colour profile applied, palettes and grey expanded, 16-bit
 * colour by its high byte, 16-bit grey cut off at 255, CMYK by the plain formula, of several
 * frames the first.
 *
 * @param source path or bytes of a JPEG, PNG, WebP, GIF, TIFF, AVIF, BMP or HEIC file
 * @throws media/image-unreadable   the file cannot be opened
 * @throws media/image-unsupported  not such a file, float samples, or HEIC without a program for it
 * @throws media/image-too-large    beyond the limits, before any pixel is decoded
 * @throws media/image-broken       truncated or damaged
 * @throws media/timeout, job/cancelled
 */
export async function decodeImage(
  source: string | Uint8Array,
  options: DecodeImageOptions = {},
): Promise<DecodedImage> {
  const name = options.name ?? (typeof source === 'string' ? source : 'The picture');
  const bytes = await pictureBytes(source, options);
  const format = sniffImageFormat(bytes, name);
  const limit = {
    what: `Decoding ${name}`,
    timeoutMs: options.timeoutMs ?? DEFAULT_IMAGE_TIMEOUT_MS,
    signal: options.signal,
  };
  const maxPixels = options.maxPixels ?? DEFAULT_MAX_PIXELS;
  try {
    return await withinTime(limit, () =>
      decodeBytes({ bytes, format, name, maxPixels, limit, ffmpeg: options }),
    );
  } catch (cause) {
    throw cause instanceof LensmithError ? cause : brokenImage(name, cause);
  }
}

/**
 * The bytes of a picture file.
 * @throws media/image-unreadable, media/image-too-large, job/cancelled
 */
export async function pictureBytes(
  source: string | Uint8Array,
  { maxFileBytes = DEFAULT_MAX_FILE_BYTES, signal }: DecodeImageOptions = {},
): Promise<Uint8Array> {
  if (typeof source !== 'string') return source;
  const { bytes } = await readWholeFile(source, {
    maxBytes: maxFileBytes,
    unreadable: 'media/image-unreadable',
    tooLarge: (expected, got) => imageTooLarge(source, expected, got),
    signal,
  });
  return bytes;
}

interface Task {
  readonly bytes: Uint8Array;
  readonly format: ImageFormat;
  readonly name: string;
  readonly maxPixels: number;
  readonly limit: TimeLimit;
  readonly ffmpeg: FfmpegOptions;
}

async function decodeBytes(task: Task): Promise<DecodedImage> {
  const { bytes, name, maxPixels, format, limit } = task;
  if (format === 'bmp') {
    const image = decodeBmp(bytes, name, maxPixels);
    return { ...image, isClipped: false, orientation: 1, format };
  }
  if (format === 'heic') {
    const image = await decodeHeic(bytes, task);
    return { ...image, hadAlpha: false, isClipped: false, orientation: 1, format };
  }
  // The limit is checked below, from the header, so that the error can give the figures.
  const open = (pixels: number | false) =>
    sharp(bytes, { failOn: 'error', ignoreIcc: true, limitInputPixels: pixels });
  const header = await open(false).metadata();
  const { width, height } = header;
  if (width * height > maxPixels) {
    throw imageTooLarge(name, `at most ${maxPixels} pixels`, `${width}×${height} pixels`);
  }
  const { space, depth, channels } = header;
  // Ends the library's own work too, some time after nobody waits for it any more.
  const seconds = Math.min(Math.ceil(limit.timeoutMs / 1000), 3600);
  const image = () => open(maxPixels).autoOrient().timeout({ seconds });
  let raw: Raw;
  let data: Uint8Array;
  let isClipped = false;
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new LensmithError('media/image-unsupported', `${name} has samples of an odd kind.`, {
      expected: '8 or 16 bits a sample',
      got: String(depth),
      hint: 'Save it as an 8-bit PNG.',
    });
  } else if (space === 'cmyk') {
    raw = await rawPixels(image().pipelineColourspace('cmyk').toColourspace('cmyk'));
    data = cmykToRgb(raw);
  } else if (depth === 'ushort' && channels === 1) {
    raw = await rawPixels(image().pipelineColourspace('grey16').toColourspace('grey16'), 'ushort');
    ({ data, isClipped } = clipGrey16(raw));
  } else {
    raw = await rawPixels(image().toColourspace('srgb'));
    data = dropAlpha(raw);
  }
  return {
    width: raw.width,
    height: raw.height,
    data,
    hadAlpha: header.hasAlpha === true,
    isClipped,
    orientation: header.orientation ?? 1,
    format,
  };
}
