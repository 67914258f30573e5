import { LensmithError } from '../base/errors.ts';
import { INPUT_LIMITS, brokenVideo, complaint, inputUrl, runOnVideo } from './video-probe.ts';
import type { OpenVideo } from './video-probe.ts';

/** When each frame is shown, in order of showing. */
export interface Timeline {
  /** Timestamps in ticks of the stream, ascending. */
  readonly ticks: readonly number[];
  readonly tickSeconds: number;
  /** Seconds from the first frame to the end of the last. */
  readonly duration: number;
  /**
   * `packets`: read from the container, quick, right for nearly all files.
   * `frames`: every frame was decoded; index i is the i-th frame that the decoder gives.
   */
  readonly from: 'packets' | 'frames';
  /** Timestamps of the frames at which decoding can begin, ascending; empty where unknown. */
  readonly keyTicks: readonly number[];
}

const MAX_LIST_BYTES = 1 << 26;

function listArgs(video: OpenVideo, entries: string, input: readonly string[]): string[] {
  return [
    ...['-v', 'error', ...INPUT_LIMITS, ...input],
    ...['-select_streams', String(video.streamIndex)],
    ...['-show_entries', entries, '-of', 'csv=p=0', inputUrl(video.path)],
  ];
}

async function list(
  video: OpenVideo,
  entries: string,
  input: readonly string[] = [],
): Promise<{ rows: string[][]; log: string }> {
  const program = video.tools.ffprobe.path;
  const { output, log } = await runOnVideo(video, program, listArgs(video, entries, input), {
    maxOutputBytes: MAX_LIST_BYTES,
  });
  const lines = output.toString('latin1').split(/\r?\n/);
  const rows = lines.filter((line) => /^(-?\d|N\/A)/.test(line)).map((line) => line.split(','));
  return { rows, log };
}

const integer = (text: string | undefined) => (/^-?\d+$/.test(text ?? '') ? Number(text) : NaN);

/** Seconds that the last frame stays, where the file does not say: as long as the one before. */
function lastFrameSeconds(video: OpenVideo, ticks: readonly number[], declared: number): number {
  if (declared > 0) return declared * video.tickSeconds;
  const gap = ticks.length > 1 ? (ticks.at(-1)! - ticks.at(-2)!) * video.tickSeconds : 0;
  return gap > 0 ? gap : 1 / (video.info.averageRate ?? 25);
}

function timelineOf(
  video: OpenVideo,
  ticks: readonly number[],
  lastDuration: number,
  from: Timeline['from'],
  keyTicks: readonly number[] = [],
): Timeline {
  const span = (ticks.at(-1)! - ticks[0]!) * video.tickSeconds;
  const duration = span + lastFrameSeconds(video, ticks, lastDuration);
  return { ticks, tickSeconds: video.tickSeconds, duration, from, keyTicks };
}

function truncated(video: OpenVideo, expected: string, got: string): LensmithError {
  return new LensmithError('media/video-truncated', `${video.path} is cut short.`, {
    expected,
    got,
    hint: 'Copy or download it again, or allow truncated videos to use what is there.',
  });
}

const wholeOf = (rows: readonly string[][]): number =>
  rows.filter((row) => !row[2]?.includes('C')).length;

/** A file with fewer frames than its own header promises. */
async function checkCount(video: OpenVideo, rows: readonly string[][]): Promise<void> {
  const { frameCount } = video.info;
  if (frameCount === undefined || wholeOf(rows) >= frameCount) return;
  // Of frames outside the edit list some are not even listed, though the file has them.
  const all = /\bmp4\b/.test(video.info.container)
    ? (await list(video, 'packet=pts,duration,flags', ['-ignore_editlist', '1'])).rows
    : rows;
  if (wholeOf(all) >= frameCount) return;
  throw truncated(video, `${frameCount} frames`, `${wholeOf(all)} frames`);
}

/** A file that ends before what its own header promises. */
function checkLength(video: OpenVideo, timeline: Timeline, log: string): void {
  const { durationMs } = video.info;
  const promised = (durationMs ?? 0) / 1000;
  // Some containers count their duration from zero, also when the first frame comes later.
  const end = timeline.duration + Math.max(timeline.ticks[0]! * timeline.tickSeconds, 0);
  const missing = promised - end;
  const slack = Math.max(0.25, 0.02 * promised, 2 / (video.info.averageRate ?? 25));
  if (missing > slack || /premature|truncat|partial file/i.test(log)) {
    const shown = (seconds: number) => `${seconds.toFixed(2)} s`;
    throw truncated(video, shown(promised || timeline.duration), shown(timeline.duration));
  }
}

/**
 * Frame times from the container's packets, or undefined where packets do not
 * tell them (no timestamps, or two alike).
 */
export async function packetTimeline(
  video: OpenVideo,
  allowTruncated: boolean,
): Promise<Timeline | undefined> {
  const { rows, log } = await list(video, 'packet=pts,duration,flags');
  if (rows.length === 0) {
    throw brokenVideo(video.path, complaint(log) || 'no frames');
  }
  if (!allowTruncated) await checkCount(video, rows);
  // Packets marked D lie outside the edit list: decoded for the others' sake, never shown. Those
  // marked C are incomplete.
  const shown = rows
    .filter((row) => !/[DC]/.test(row[2] ?? ''))
    .map(([tick, duration, flags]) => ({
      tick: integer(tick),
      duration: integer(duration),
      isKey: flags?.includes('K') === true,
    }));
  if (shown.length === 0 || shown.some(({ tick }) => Number.isNaN(tick))) return undefined;
  shown.sort((a, b) => a.tick - b.tick);
  const ticks = shown.map(({ tick }) => tick);
  if (ticks.some((tick, i) => i > 0 && tick === ticks[i - 1])) return undefined;
  const keyTicks = shown.filter(({ isKey }) => isKey).map(({ tick }) => tick);
  const timeline = timelineOf(video, ticks, shown.at(-1)!.duration, 'packets', keyTicks);
  if (!allowTruncated) checkLength(video, timeline, log);
  return timeline;
}

/** Frame times by decoding all frames; where the stream has none, by its mean rate. */
export async function frameTimeline(video: OpenVideo): Promise<Timeline> {
  const { rows, log } = await list(video, 'frame=best_effort_timestamp');
  if (rows.length === 0) throw brokenVideo(video.path, complaint(log) || 'no frames');
  const ticks = rows.map((row) => integer(row[0]));
  const ordered = ticks.every((tick, i) => i === 0 || tick > ticks[i - 1]!);
  if (ordered && !Number.isNaN(ticks[0])) return timelineOf(video, ticks, 0, 'frames');
  const ticksPerFrame = 1 / (video.info.averageRate ?? 25) / video.tickSeconds;
  const even = ticks.map((_, i) => i * ticksPerFrame);
  return timelineOf(video, even, ticksPerFrame, 'frames');
}

/** Seconds from the first frame to frame `index`. */
export function frameTime(timeline: Timeline, index: number): number {
  return (timeline.ticks[index]! - timeline.ticks[0]!) * timeline.tickSeconds;
}

/** Whether the frames' distances differ by more than the rounding to ticks explains. */
export function hasVariableRate({ ticks, tickSeconds }: Timeline): boolean {
  const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i]!);
  if (gaps.length < 2) return false;
  const smallest = gaps.reduce((a, b) => Math.min(a, b));
  const largest = gaps.reduce((a, b) => Math.max(a, b));
  return largest - smallest > 1 && (largest - smallest) * tickSeconds > 5e-4;
}

/**
 * The frame that is shown at `seconds` after the first: the last whose time is
 * not later. Half a tick (at most half a millisecond) is forgiven, so that times
 * which the container rounded still meet the frame that was meant.
 */
export function frameShownAt(timeline: Timeline, seconds: number): number {
  const { ticks, tickSeconds } = timeline;
  const slack = Math.min(tickSeconds / 2, 5e-4) + 1e-6;
  const limit = ticks[0]! + (seconds + slack) / tickSeconds;
  let low = 0;
  let high = ticks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (ticks[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}
