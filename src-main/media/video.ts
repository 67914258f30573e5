import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError, throwIfCancelled } from '../base/errors.ts';
import { decodeImage } from './decode-image.ts';
import type { RgbImage } from './decode-image.ts';
import { TimelineMismatch, decodeFrames } from './frame-decode.ts';
import { wantedTimes } from './frame-rule.ts';
import type { FrameRule } from './frame-rule.ts';
import { openVideo } from './video-probe.ts';
import type { OpenVideo, VideoOptions } from './video-probe.ts';
import { frameShownAt, frameTime, frameTimeline, packetTimeline } from './video-timeline.ts';
import { hasVariableRate } from './video-timeline.ts';
import type { Timeline } from './video-timeline.ts';

export type { FrameRule } from './frame-rule.ts';
export { probeVideo } from './video-probe.ts';
export type { VideoInfo, VideoOptions } from './video-probe.ts';

export interface SampleOptions extends VideoOptions {
  /** Use what is there of a file that is cut short, instead of an error. */
  readonly allowTruncated?: boolean;
  /**
   * Frames a second of a folder of pictures. Without it a rule by `fps` takes
   * every picture once, and the other rules see one picture a second.
   */
  readonly folderFps?: number;
  /** Bytes of all frames that `sampleFrames` returns, default 2 GiB. */
  readonly maxBytes?: number;
}

/** One frame, upright. */
export interface VideoFrame {
  readonly image: RgbImage;
  /** When the frame begins to be shown, after the first. */
  readonly timestampMs: number;
  /** The time that the rule asked for. */
  readonly requestedMs: number;
  /** 0 for the first frame that is shown. */
  readonly frameIndex: number;
}

export interface FrameTimes {
  /** When each frame begins to be shown, after the first. */
  readonly timestampsMs: readonly number[];
  /** To the end of the last frame. */
  readonly durationMs: number;
  readonly variableRate: boolean;
}

/** A time asked for, in seconds after the first frame, and the frame that is shown then. */
export interface WantedFrame {
  readonly seconds: number;
  readonly index: number;
}

const byNumber = new Intl.Collator('en', { numeric: true });
const DEFAULT_MAX_BYTES = 2 ** 31;

/**
 * When each frame of a video is shown. Quick: read from the container unless
 * its packets carry no times.
 *
 * @throws those of probeVideo; media/video-truncated
 */
export async function readFrameTimes(
  path: string,
  options: SampleOptions = {},
): Promise<FrameTimes> {
  const video = await openVideo(path, options);
  const timeline =
    (await packetTimeline(video, options.allowTruncated === true)) ?? (await frameTimeline(video));
  return {
    timestampsMs: timeline.ticks.map((_, i) => frameTime(timeline, i) * 1000),
    durationMs: timeline.duration * 1000,
    variableRate: hasVariableRate(timeline),
  };
}

/**
 * How many frames sampleFrames will give, without decoding any where the container tells the
 * times; a rule by count needs not even the file.
 *
 * @throws those of readFrameTimes; media/frame-rule, media/too-many-frames, media/timestamp-outside
 */
export async function countFrames(
  path: string,
  rule: FrameRule,
  options: SampleOptions = {},
): Promise<number> {
  if ('count' in rule) return wantedTimes(rule, 0).length;
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) {
    const { duration } = folderTimeline((await picturesIn(path)).length, rule, options);
    return wantedTimes(rule, duration).length;
  }
  const { durationMs } = await readFrameTimes(path, options);
  return wantedTimes(rule, durationMs / 1000).length;
}

/**
 * Exact frames of a video, or of a folder of pictures sorted by name (numbers
 * by value). Frames are decoded once, in order of time, and come back in the
 * order of the rule. `FrameRule` says which frames a rule means.
 *
 * @returns frames with upright 8-bit RGB, whole in memory (see mapFrames)
 * @throws those of probeVideo; media/video-truncated, media/frame-rule,
 *         media/too-many-frames, media/timestamp-outside; for folders those of decodeImage
 */
export function sampleFrames(
  path: string,
  rule: FrameRule,
  options: SampleOptions = {},
): Promise<VideoFrame[]> {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const seen = new Set<number>();
  let bytes = 0;
  return mapFrames(
    path,
    rule,
    (frame) => {
      if (!seen.has(frame.frameIndex)) bytes += frame.image.data.length;
      seen.add(frame.frameIndex);
      if (bytes <= maxBytes) return frame;
      throw new LensmithError('media/too-many-frames', `The frames of ${path} need much memory.`, {
        expected: `at most ${maxBytes} bytes`,
        got: `${bytes} bytes and more, ${frame.image.width}×${frame.image.height} each`,
        hint: 'Take fewer frames, or a smaller video.',
      });
    },
    options,
  );
}

/**
 * As sampleFrames, but hands each frame to `convert` as it is decoded and keeps
 * only what that returns: for long samples whose pixels need not stay. `convert`
 * sees the right frames only, but may see one again when the container's times
 * turn out wrong on the way; it should have no lasting effect beside its result.
 */
export async function mapFrames<T>(
  path: string,
  rule: FrameRule,
  convert: (frame: VideoFrame) => T | Promise<T>,
  options: SampleOptions = {},
): Promise<T[]> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return mapFolder(path, rule, convert, options);
  const video = await openVideo(path, options);
  return withTimeline(video, options.allowTruncated === true, (timeline) =>
    mapTimeline(video, timeline, rule, convert),
  );
}

/**
 * Calls `use` with the frame times that the container tells, and again with those of the decoded
 * frames where decoding proves the container wrong.
 *
 * @throws media/video-truncated, those of decodeFrames and of `use`
 */
export async function withTimeline<T>(
  video: OpenVideo,
  allowTruncated: boolean,
  use: (timeline: Timeline) => Promise<T>,
): Promise<T> {
  const timeline = await packetTimeline(video, allowTruncated);
  if (timeline) {
    try {
      return await use(timeline);
    } catch (error) {
      if (!(error instanceof TimelineMismatch)) throw error;
    }
  }
  return use(await frameTimeline(video));
}

/**
 * The frames that a rule takes of a video: what sampleFrames decodes, in the order of the rule.
 * @throws media/frame-rule, media/too-many-frames, media/timestamp-outside
 */
export function wantedFrames(timeline: Timeline, rule: FrameRule): WantedFrame[] {
  return wantedTimes(rule, timeline.duration).map((seconds) => ({
    seconds,
    index: frameShownAt(timeline, seconds),
  }));
}

/** Each distinct index once, ascending, with the places of the result that it fills. */
function placesByIndex(wanted: readonly WantedFrame[]): Map<number, number[]> {
  const places = new Map<number, number[]>();
  const order = wanted.map((_, place) => place).sort((a, b) => wanted[a]!.index - wanted[b]!.index);
  for (const place of order) {
    const { index } = wanted[place]!;
    const list = places.get(index);
    if (list) list.push(place);
    else places.set(index, [place]);
  }
  return places;
}

async function mapTimeline<T>(
  video: OpenVideo,
  timeline: Timeline,
  rule: FrameRule,
  convert: (frame: VideoFrame) => T | Promise<T>,
): Promise<T[]> {
  const wanted = wantedFrames(timeline, rule);
  const places = placesByIndex(wanted);
  const results = new Array<T>(wanted.length);
  await decodeFrames(video, timeline, [...places.keys()], async (index, image) => {
    for (const place of places.get(index) ?? []) {
      results[place] = await convert({
        image,
        timestampMs: frameTime(timeline, index) * 1000,
        requestedMs: wanted[place]!.seconds * 1000,
        frameIndex: index,
      });
    }
  });
  return results;
}

async function picturesIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true });
  const pictures = entries
    .filter(
      (entry) =>
        entry.isFile() && /\.(png|jpe?g|webp|gif|tiff?|avif|bmp|hei[cf])$/i.test(entry.name),
    )
    .map((entry) => entry.name)
    .sort((a, b) => byNumber.compare(a, b) || (a < b ? -1 : 1));
  if (pictures.length > 0) return pictures;
  throw new LensmithError('media/video-empty', `${dir} holds no pictures.`, {
    expected: 'a video file, or a folder of pictures in order of their names',
    got: `${entries.length} entries, none of them a picture`,
  });
}

/** When each picture of a folder is shown. */
function folderTimeline(pictures: number, rule: FrameRule, options: SampleOptions): Timeline {
  const fps = options.folderFps ?? ('fps' in rule ? rule.fps : 1);
  if (!(fps > 0 && Number.isFinite(fps))) {
    throw new LensmithError('media/frame-rule', "The folder's rate is not usable.", {
      expected: 'frames a second above 0',
      got: String(fps),
    });
  }
  return {
    ticks: Array.from({ length: pictures }, (_, i) => i),
    tickSeconds: 1 / fps,
    duration: pictures / fps,
    from: 'frames',
    keyTicks: [],
  };
}

async function mapFolder<T>(
  dir: string,
  rule: FrameRule,
  convert: (frame: VideoFrame) => T | Promise<T>,
  options: SampleOptions,
): Promise<T[]> {
  const pictures = await picturesIn(dir);
  const timeline = folderTimeline(pictures.length, rule, options);
  const wanted = wantedFrames(timeline, rule);
  const results = new Array<T>(wanted.length);
  for (const [index, places] of placesByIndex(wanted)) {
    throwIfCancelled(options.signal, `Reading ${dir}`);
    const image = await decodeImage(join(dir, pictures[index]!));
    for (const place of places) {
      results[place] = await convert({
        image,
        timestampMs: frameTime(timeline, index) * 1000,
        requestedMs: wanted[place]!.seconds * 1000,
        frameIndex: index,
      });
    }
  }
  return results;
}
