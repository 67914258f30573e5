import { LensmithError } from '../base/errors.ts';
import type { RgbImage } from './decode-image.ts';
import { INPUT_LIMITS, brokenVideo, complaint, inputUrl, runOnVideo } from './video-probe.ts';
import type { OpenVideo, VideoInfo } from './video-probe.ts';
import type { Timeline } from './video-timeline.ts';

/** The decoder gave other frames than the packets promised; all frames must be listed first. */
export class TimelineMismatch extends Error {}

export type TakeFrame = (index: number, image: RgbImage) => void | Promise<void>;

/** One run of ffmpeg takes at most so many frames: the expression that selects them is evaluated for each frame. */
const MAX_RUN_FRAMES = 128;
/** Seconds that are cheaper to decode through than to start again and seek. */
const SEEK_GAP_SECONDS = 8;
/** How long a frame's timestamp may come after its pixels. */
const REPORT_PATIENCE_MS = 5000;

const TURNS: { readonly [R in VideoInfo['rotationDegrees']]: string[] } = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

function inRuns(timeline: Timeline, indices: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const index of indices) {
    const run = runs.at(-1);
    const previous = run?.at(-1);
    const gap =
      previous === undefined
        ? 0
        : (timeline.ticks[index]! - timeline.ticks[previous]!) * timeline.tickSeconds;
    const joins = timeline.from === 'frames' || gap <= SEEK_GAP_SECONDS;
    if (run && run.length < MAX_RUN_FRAMES && joins) run.push(index);
    else runs.push([index]);
  }
  return runs;
}

/**
 * `-ss` for the first frame of a run: the time of its key frame (else its own)
 * minus half a frame, from the container's start. Which frames are taken is
 * decided by their timestamps alone.
 */
function seekArgs(video: OpenVideo, timeline: Timeline, first: number): string[] {
  if (timeline.from === 'frames' || first === 0) return [];
  const { ticks, tickSeconds, keyTicks } = timeline;
  const key = keyTicks.findLast((tick) => tick <= ticks[first]!) ?? ticks[first]!;
  const half = (ticks[first]! - ticks[first - 1]!) / 2;
  // Containers without an index are searched by their data and met a little late.
  const margin = /^(mpegts|mpeg)$/.test(video.info.container) ? 1 : 0;
  const seconds = (key - half) * tickSeconds - video.containerStart - margin;
  return seconds > 0 ? ['-noaccurate_seek', '-ss', seconds.toFixed(6)] : [];
}

function decodeArgs(video: OpenVideo, timeline: Timeline, run: readonly number[]): string[] {
  const { width, height, rotationDegrees } = video.info;
  const picks = run.map((index) =>
    timeline.from === 'frames' ? `eq(n,${index})` : `eq(pts,${timeline.ticks[index]!})`,
  );
  const filters = [
    `select='${picks.join('+')}'`,
    'showinfo',
    ...TURNS[rotationDegrees],
    // Also holds the size where the stream changes it on the way.
    `scale=${width}:${height}:flags=bicubic+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact`,
    'format=rgb24',
  ];
  return [
    ...['-nostdin', '-hide_banner', '-nostats', '-v', 'info'],
    ...[...INPUT_LIMITS, '-threads', '1', '-noautorotate', '-copyts'],
    ...seekArgs(video, timeline, run[0]!),
    ...['-i', inputUrl(video.path), '-map', `0:${video.streamIndex}`, '-an', '-sn', '-dn'],
    ...['-vf', filters.join(','), ...video.tools.passthroughArgs],
    ...['-frames:v', String(run.length), '-f', 'rawvideo', 'pipe:1'],
  ];
}

/**
 * The timestamps that the filter reports on standard error, one line a frame,
 * before the frame's pixels leave on standard output.
 */
class ReportedTicks {
  readonly #ticks: number[] = [];
  #rest = '';
  #wake: () => void = () => {};

  add(chunk: Buffer): void {
    const lines = (this.#rest + chunk.toString('latin1')).split('\n');
    this.#rest = lines.pop()!.slice(-4096);
    for (const line of lines) {
      const match = /\bn: *\d+ pts: *(-?\d+) pts_time:/.exec(line);
      if (match) this.#ticks.push(Number(match[1]));
    }
    this.#wake();
  }

  /** The timestamp of the k-th frame; undefined when it is not reported in good time. */
  async at(k: number): Promise<number | undefined> {
    if (this.#ticks.length > k) return this.#ticks[k];
    const patience = AbortSignal.timeout(REPORT_PATIENCE_MS);
    while (this.#ticks.length <= k && !patience.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        patience.addEventListener('abort', () => resolve(), { once: true });
      });
    }
    return this.#ticks[k];
  }
}

/** Cuts the stream of bytes into frames and hands each on as soon as it is whole and known to be right. */
class FrameCutter {
  taken = 0;
  readonly reported = new ReportedTicks();
  #filled = 0;
  #frame: Uint8Array;
  readonly #info: VideoInfo;
  readonly #timeline: Timeline;
  readonly #run: readonly number[];
  readonly #take: TakeFrame;

  constructor(info: VideoInfo, timeline: Timeline, run: readonly number[], take: TakeFrame) {
    this.#info = info;
    this.#timeline = timeline;
    this.#run = run;
    this.#take = take;
    this.#frame = new Uint8Array(info.width * info.height * 3);
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length;) {
      const part = chunk.subarray(from, from + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      from += part.length;
      if (this.#filled === this.#frame.length) await this.#finish();
    }
  }

  async #finish(): Promise<void> {
    const index = this.#run[this.taken];
    if (index === undefined) throw new TimelineMismatch('more frames than asked for');
    const { ticks, from } = this.#timeline;
    if (from === 'packets' && ticks[index] !== (await this.reported.at(this.taken))) {
      throw new TimelineMismatch('a frame with another timestamp');
    }
    const { width, height } = this.#info;
    const data = this.#frame;
    this.taken += 1;
    this.#frame = new Uint8Array(data.length);
    this.#filled = 0;
    await this.#take(index, { width, height, data });
  }
}

async function decodeRun(
  video: OpenVideo,
  timeline: Timeline,
  run: readonly number[],
  take: TakeFrame,
): Promise<void> {
  const cutter = new FrameCutter(video.info, timeline, run, take);
  const frameBytes = video.info.width * video.info.height * 3;
  const args = decodeArgs(video, timeline, run);
  const { log, exitCode } = await runOnVideo(video, video.tools.ffmpeg.path, args, {
    maxOutputBytes: frameBytes * (run.length + 1),
    onOutput: (chunk) => cutter.add(chunk),
    onLog: (chunk) => cutter.reported.add(chunk),
  });
  if (cutter.taken === run.length) return;
  if (timeline.from === 'packets') throw new TimelineMismatch(complaint(log));
  const missing = `${run.length - cutter.taken} of ${run.length} frames cannot be decoded`;
  throw brokenVideo(video.path, `${missing} (exit ${exitCode}): ${complaint(log)}`);
}

/**
 * Decodes the frames with the given indices (ascending, each once) and hands
 * them on in order. A frame counts only when its own timestamp is the one asked for.
 *
 * @throws TimelineMismatch  packets and frames do not agree; list the frames and ask again
 * @throws media/video-broken, media/timeout, job/cancelled
 */
export async function decodeFrames(
  video: OpenVideo,
  timeline: Timeline,
  indices: readonly number[],
  take: TakeFrame,
): Promise<void> {
  for (const run of inRuns(timeline, indices)) {
    try {
      await decodeRun(video, timeline, run, take);
    } catch (error) {
      const tooMuch = error instanceof LensmithError && error.code === 'media/output-too-large';
      throw tooMuch ? new TimelineMismatch(error.message) : error;
    }
  }
}
