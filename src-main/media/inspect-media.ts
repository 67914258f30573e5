import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import { LensmithError, throwIfCancelled } from '../base/errors.ts';
import { DEFAULT_MAX_FILE_BYTES, decodeImage } from './decode-image.ts';
import type { DecodeImageOptions, RgbImage } from './decode-image.ts';
import { readExif } from './exif.ts';
import { decodeFrames } from './frame-decode.ts';
import { candidateFrames, isTelling, tellingFrame } from './frame.ts';
import { hashFile } from './hash.ts';
import { imageTooLarge } from './image-errors.ts';
import type { ImageFormat } from './image-format.ts';
import { KIND_BYTES, sniffMedia } from './media-kind.ts';
import type { VideoFormat } from './media-kind.ts';
import { perceptualHash } from './perceptual-hash.ts';
import { readHead, readWholeFile, unreadableFile } from './read-file.ts';
import { pictureThumbnail } from './thumbnail.ts';
import type { ThumbnailSize } from './thumbnail.ts';
import { openVideo } from './video-probe.ts';
import type { OpenVideo, VideoOptions } from './video-probe.ts';
import { frameShownAt, hasVariableRate } from './video-timeline.ts';
import type { Timeline } from './video-timeline.ts';
import { withTimeline } from './video.ts';

/** What is the same for pictures and videos. */
interface FileFacts {
  /** Upright size in pixels. */
  readonly width: number;
  readonly height: number;
  readonly sizeBytes: number;
  /** When the file was last changed, milliseconds since 1970. */
  readonly modifiedMs: number;
  /** Of the file's bytes, 64 hex digits. */
  readonly sha256: string;
  /** 16 hex digits (see perceptualHash), of a video that of its middle frame. */
  readonly perceptualHash: string;
  /** ISO 8601, from the file's own data; without an offset from UTC it is local time. */
  readonly capturedAt: string | undefined;
}

export interface ImageFacts extends FileFacts {
  readonly kind: 'image';
  readonly format: ImageFormat;
  /** EXIF orientation 1…8 of the stored pixels. */
  readonly orientation: number;
  readonly hasAlpha: boolean;
  /** Values that a model sees as white, and people as they are (see decodeImage). */
  readonly isClipped: boolean;
}

export interface VideoFacts extends FileFacts {
  readonly kind: 'video';
  readonly format: VideoFormat;
  /** Clockwise turn that has been applied for width and height. */
  readonly rotationDegrees: 0 | 90 | 180 | 270;
  readonly durationMs: number;
  /** Frames a second, on average. */
  readonly frameRate: number;
  readonly variableRate: boolean;
  readonly frameCount: number;
  readonly codec: string;
  readonly pixelFormat: string | undefined;
  readonly hasAudio: boolean;
}

/** What the library knows of a file. */
export type MediaFacts = ImageFacts | VideoFacts;

export type InspectOptions = Omit<DecodeImageOptions, 'name'> & VideoOptions;

export interface Inspection {
  readonly facts: MediaFacts;
  /** WebP. */
  readonly thumbnail: Buffer;
}

/** The facts, and what the thumbnail is made from. */
interface Inspected<F> {
  readonly facts: F;
  readonly view: Uint8Array | RgbImage;
}

/** The file is read once: what is hashed is what is decoded. */
async function inspectImage(path: string, options: InspectOptions): Promise<Inspected<ImageFacts>> {
  const { maxFileBytes = DEFAULT_MAX_FILE_BYTES, signal } = options;
  const { bytes, sizeBytes, modifiedMs } = await readWholeFile(path, {
    maxBytes: maxFileBytes,
    unreadable: 'media/file-unreadable',
    tooLarge: (expected, got) => imageTooLarge(path, expected, got),
    signal,
  });
  const image = await decodeImage(bytes, { ...options, name: path });
  throwIfCancelled(signal, `Reading ${path}`);
  const { width, height, format, orientation, hadAlpha, isClipped } = image;
  return {
    facts: {
      ...{ kind: 'image', width, height, format, orientation, hasAlpha: hadAlpha },
      ...{ isClipped, sizeBytes, modifiedMs },
      sha256: createHash('sha256').update(bytes).digest('hex'),
      perceptualHash: perceptualHash(image),
      capturedAt: await captureTime(bytes, format),
    },
    // These two are decoded here anyway, not by the library that shows the others.
    view: format === 'heic' || format === 'bmp' ? image : bytes,
  };
}

async function captureTime(bytes: Uint8Array, format: ImageFormat): Promise<string | undefined> {
  if (format === 'bmp') return undefined;
  // A picture that decodes is a picture, whatever its extra data look like.
  const header = await sharp(bytes, { limitInputPixels: false, failOn: 'none' })
    .metadata()
    .catch(() => undefined);
  return header?.exif && readExif(header.exif).capturedAt;
}

/** Decodes the first frame, the middle one for the hash, and one to show. */
async function inspectFrames(
  video: OpenVideo,
  timeline: Timeline,
): Promise<{ readonly hash: string; readonly view: RgbImage }> {
  const [shown = 0] = candidateFrames(timeline);
  const middle = frameShownAt(timeline, timeline.duration / 2);
  const indices = [...new Set([0, shown, middle])].sort((a, b) => a - b);
  const images = new Map<number, RgbImage>();
  await decodeFrames(video, timeline, indices, (index, image) => void images.set(index, image));
  const hash = perceptualHash(images.get(middle)!);
  const view = images.get(shown)!;
  return { hash, view: isTelling(view) ? view : await tellingFrame(video, timeline) };
}

async function inspectVideo(
  path: string,
  format: VideoFormat,
  options: InspectOptions,
): Promise<Inspected<VideoFacts>> {
  const before = await stateOf(path);
  const video = await openVideo(path, options);
  const { width, height, rotationDegrees, codec, pixelFormat, hasAudio, capturedAt } = video.info;
  const found = await withTimeline(video, false, async (timeline) => ({
    timeline,
    ...(await inspectFrames(video, timeline)),
  }));
  const { timeline, hash, view } = found;
  const sha256 = await hashFile(path, options.signal);
  const after = await stateOf(path);
  if (after.sizeBytes !== before.sizeBytes || after.modifiedMs !== before.modifiedMs)
    throw changing(path);
  const frameCount = timeline.ticks.length;
  return {
    facts: {
      ...{ kind: 'video', format, width, height, rotationDegrees, codec, pixelFormat, hasAudio },
      durationMs: timeline.duration * 1000,
      frameRate: frameCount / timeline.duration,
      variableRate: hasVariableRate(timeline),
      frameCount,
      ...after,
      sha256,
      perceptualHash: hash,
      capturedAt,
    },
    view,
  };
}

async function stateOf(path: string): Promise<Pick<FileFacts, 'sizeBytes' | 'modifiedMs'>> {
  const { size, mtimeMs } = await stat(path).catch((cause: unknown) => {
    throw unreadableFile('media/file-unreadable', path, cause);
  });
  return { sizeBytes: size, modifiedMs: mtimeMs };
}

function changing(path: string): LensmithError {
  return new LensmithError('media/file-changing', `${path} changed while it was read.`, {
    expected: 'a file that stays as it is',
    hint: 'Wait until it has been copied or recorded, then add it again.',
  });
}

async function inspect(path: string, options: InspectOptions): Promise<Inspected<MediaFacts>> {
  throwIfCancelled(options.signal, `Reading ${path}`);
  const head = await readHead(path, KIND_BYTES).catch((cause: unknown) => {
    throw unreadableFile('media/file-unreadable', path, cause);
  });
  const media = sniffMedia(head, path);
  if (media.kind === 'image') return inspectImage(path, options);
  return inspectVideo(path, media.format, options);
}

/**
 * Takes a file apart for the library: what it is by its contents, that it can be decoded (pictures
 * wholly; of videos the list of frames, the first, the middle and one more), and what is known of it.
 *
 * @throws media/file-unreadable (missing, a folder, a pipe, no permission), media/file-empty,
 *         media/file-unsupported, media/file-changing; those of decodeImage; those of readFrameTimes
 *         and sampleFrames; media/timeout, job/cancelled
 */
export async function inspectMedia(
  path: string,
  options: InspectOptions = {},
): Promise<MediaFacts> {
  return (await inspect(path, options)).facts;
}

/**
 * As inspectMedia, with a thumbnail from the same bytes and frames: what an import needs.
 * @throws those of inspectMedia
 */
export async function inspectWithThumbnail(
  path: string,
  size: ThumbnailSize,
  options: InspectOptions = {},
): Promise<Inspection> {
  const { facts, view } = await inspect(path, options);
  return { facts, thumbnail: await pictureThumbnail(view, size, { ...options, name: path }) };
}
