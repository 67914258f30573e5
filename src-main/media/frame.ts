import sharp from 'sharp';
import { LensmithError } from '../base/errors.ts';
import type { RgbImage } from './decode-image.ts';
import { decodeFrames } from './frame-decode.ts';
import { wantedTimes } from './frame-rule.ts';
import { contrast } from './perceptual-hash.ts';
import { openVideo } from './video-probe.ts';
import type { OpenVideo } from './video-probe.ts';
import { frameShownAt } from './video-timeline.ts';
import type { Timeline } from './video-timeline.ts';
import { mapFrames, withTimeline } from './video.ts';
import type { FrameRule, SampleOptions, VideoFrame } from './video.ts';

/** A frame as an encoded picture. */
export interface FramePicture {
  /** When the frame begins to be shown, after the first. */
  readonly timestampMs: number;
  /** The time that the rule asked for. */
  readonly requestedMs: number;
  readonly frameIndex: number;
  readonly bytes: Buffer;
}

export interface FramePictureOptions extends SampleOptions {
  /** Scaled down to it; without it the frame has all its pixels. */
  readonly longestSide?: number;
}

/** Below this a frame is black, white, or fading. */
const TELLING_CONTRAST = 8;
/** How many frames are looked at, at the centres of equal parts. */
const CANDIDATES = 5;
const DEFAULT_THUMBNAIL_SIDE = 320;
const MAX_THUMBNAILS_BYTES = 2 ** 28;

function shrunk({ width, height, data }: RgbImage, longestSide: number | undefined) {
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  if (longestSide === undefined) return picture;
  const size = { width: longestSide, height: longestSide };
  return picture.resize({ ...size, fit: 'inside', withoutEnlargement: true });
}

/**
 * The frame that is shown at `timestampMs` after the first, as a PNG: the one that training
 * decodes for that time, upright.
 *
 * @throws those of sampleFrames
 */
export async function framePng(
  path: string,
  timestampMs: number,
  options: FramePictureOptions = {},
): Promise<Buffer> {
  const rule = { timestampsMs: [timestampMs] };
  const convert = ({ image }: VideoFrame) =>
    shrunk(image, options.longestSide).png({ compressionLevel: 4 }).toBuffer();
  const [png] = await mapFrames(path, rule, convert, options);
  return png!;
}

/**
 * Small WebP pictures of the very frames that a model sees by `rule`, in the order of the rule.
 *
 * @throws those of mapFrames; media/too-many-frames where they would fill the memory
 */
export async function sampledFrames(
  path: string,
  rule: FrameRule,
  options: FramePictureOptions = {},
): Promise<FramePicture[]> {
  const longestSide = options.longestSide ?? DEFAULT_THUMBNAIL_SIDE;
  let last: { readonly image: RgbImage; readonly bytes: Buffer } | undefined;
  let total = 0;
  const convert = async ({ image, ...rest }: VideoFrame): Promise<FramePicture> => {
    // A frame that is shown at several of the times comes several times in a row.
    if (last?.image !== image) {
      last = { image, bytes: await shrunk(image, longestSide).webp({ quality: 80 }).toBuffer() };
      total += last.bytes.length;
    }
    if (total > MAX_THUMBNAILS_BYTES) {
      throw new LensmithError('media/too-many-frames', `${path} has too many frames to show.`, {
        expected: `at most ${MAX_THUMBNAILS_BYTES} bytes of pictures`,
        got: `${total} bytes and more`,
        hint: 'Take fewer frames, or smaller pictures.',
      });
    }
    return { ...rest, bytes: last.bytes };
  };
  return mapFrames(path, rule, convert, options);
}

/** Ends the decoding as soon as a frame will do. */
class Enough extends Error {}

/** The frames among which a telling one is sought, in the order of decoding, each once. */
export function candidateFrames(timeline: Timeline): number[] {
  const times = wantedTimes({ count: CANDIDATES }, timeline.duration);
  return [...new Set(times.map((seconds) => frameShownAt(timeline, seconds)))];
}

/** Not black, white or fading. */
export function isTelling(image: RgbImage): boolean {
  return contrast(image) >= TELLING_CONTRAST;
}

/**
 * A frame that tells what a video shows: of those at 10, 30, 50, 70 and 90 % of its length the first
 * that is not black, white or fading; where all are, the one with most contrast.
 *
 * @throws those of decodeFrames
 */
export async function tellingFrame(video: OpenVideo, timeline: Timeline): Promise<RgbImage> {
  const seen: { readonly image: RgbImage; readonly contrast: number }[] = [];
  const take = (_index: number, image: RgbImage): void => {
    seen.push({ image, contrast: contrast(image) });
    if (isTelling(image)) throw new Enough();
  };
  try {
    await decodeFrames(video, timeline, candidateFrames(timeline), take);
  } catch (error) {
    if (!(error instanceof Enough)) throw error;
  }
  return seen.reduce((best, next) => (next.contrast > best.contrast ? next : best)).image;
}

/**
 * The telling frame of a file.
 * @throws those of probeVideo; media/video-truncated
 */
export async function representativeFrame(
  path: string,
  options: SampleOptions = {},
): Promise<RgbImage> {
  const video = await openVideo(path, options);
  const use = (timeline: Timeline) => tellingFrame(video, timeline);
  return withTimeline(video, options.allowTruncated === true, use);
}
