import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { LensmithError } from '../base/errors.ts';
import type { RgbImage } from './decode-image.ts';
import type { FfmpegOptions } from './ffmpeg.ts';
import { TimelineMismatch, decodeFrames } from './frame-decode.ts';
import { unreadableFile } from './read-file.ts';
import { openVideo } from './video-probe.ts';
import type { OpenVideo } from './video-probe.ts';
import { frameTimeline, packetTimeline } from './video-timeline.ts';
import type { Timeline } from './video-timeline.ts';

/** Videos that are kept open: a person steps through one, and looks back at the one before. */
const keptOpen = 4;
const decodeTimeoutMs = 120_000;

interface Entry {
  /** Size and time of the file; another one is another video. */
  readonly stamp: string;
  readonly video: OpenVideo;
  timeline: Timeline;
}

const known = new Map<string, { readonly stamp: string; readonly entry: Promise<Entry> }>();

/** A frame as training decodes it. */
export interface KnownFrame {
  readonly index: number;
  readonly image: RgbImage;
  /** Of its pixels, [height, width, 3] u8, in hex. */
  readonly sha256: string;
}

/**
 * A video whose list of frames is kept, so that a step by one frame probes nothing anew. The list is the
 * one that training goes by (packetTimeline, else frameTimeline), and frames come from decodeFrames.
 */
export class KnownVideo {
  readonly #entry: Entry;

  private constructor(entry: Entry) {
    this.#entry = entry;
  }

  /** @throws those of probeVideo; media/video-truncated */
  static async open(path: string, options: FfmpegOptions = {}): Promise<KnownVideo> {
    const found = await stat(path).catch((cause: unknown) => {
      throw unreadableFile('media/file-unreadable', path, cause);
    });
    const stamp = `${found.size} ${found.mtimeMs}`;
    const key = JSON.stringify([path, options.ffmpegPath]);
    const before = known.get(key);
    const entry = before?.stamp === stamp ? before.entry : read(path, stamp, options);
    known.delete(key);
    known.set(key, { stamp, entry });
    entry.catch(() => known.delete(key));
    for (const other of [...known.keys()].slice(0, -keptOpen)) known.delete(other);
    return new KnownVideo(await entry);
  }

  get video(): OpenVideo {
    return this.#entry.video;
  }

  get timeline(): Timeline {
    return this.#entry.timeline;
  }

  /**
   * Hands on the frames with these indices (ascending, each once), in order; those that the video has
   * not are left out.
   * @throws media/frames-differ where decoding proves the container's times wrong: the timeline is
   *         another one from then on; media/video-broken, media/timeout, job/cancelled
   */
  async frames(
    indices: readonly number[],
    take: (frame: KnownFrame) => void | Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { timeline } = this.#entry;
    const video = { ...this.video, signal, deadline: Date.now() + decodeTimeoutMs };
    try {
      const there = indices.filter((index) => timeline.ticks[index] !== undefined);
      await decodeFrames(video, timeline, there, (index, image) =>
        take({ index, image, sha256: createHash('sha256').update(image.data).digest('hex') }),
      );
    } catch (error) {
      if (!(error instanceof TimelineMismatch)) throw error;
      if (this.#entry.timeline === timeline) this.#entry.timeline = await frameTimeline(video);
      throw framesDiffer(video.path, error.message);
    }
  }
}

async function read(path: string, stamp: string, options: FfmpegOptions): Promise<Entry> {
  const video = await openVideo(path, options);
  const timeline = (await packetTimeline(video, false)) ?? (await frameTimeline(video));
  return { stamp, video, timeline };
}

function framesDiffer(path: string, got: string): LensmithError {
  return new LensmithError('media/frames-differ', `${path} has other frames than it says.`, {
    got,
    hint: 'Its frames were listed anew, by decoding all of them; open it again.',
  });
}
