import { browserPlays } from '../../media/preview.ts';
import { KnownVideo } from '../../media/known-video.ts';
import { frameTime, hasVariableRate } from '../../media/video-timeline.ts';
import type { TaskContext } from '../workers/worker-client.ts';

/** Where the file is, and which ffmpeg reads it; empty: the first that is found. */
export interface VideoFile {
  readonly path: string;
  readonly ffmpegPath: string;
}

/** The frames of a video, as training counts them. */
export interface ClipFacts {
  /** When each begins to be shown, in seconds after the first. */
  readonly seconds: Float64Array;
  /** Frames at which decoding can begin, ascending. */
  readonly keyframes: Int32Array;
  readonly durationSeconds: number;
  /** Timestamp of the first frame in the file; the start of the file's own clock. */
  readonly firstSeconds: number;
  readonly startSeconds: number;
  /** Frames were counted by decoding all of them, since the container does not tell. */
  readonly isDecoded: boolean;
  readonly variableRate: boolean;
  readonly hasAudio: boolean;
  readonly codec: string;
  readonly pixelFormat: string | null;
  /** Of its kind a browser plays it; one without the codec may not. */
  readonly isPlayable: boolean;
}

export function openFile({ path, ffmpegPath }: VideoFile): Promise<KnownVideo> {
  return KnownVideo.open(path, ffmpegPath === '' ? {} : { ffmpegPath });
}

/** Timestamp of the first frame, in seconds of the file's clock. */
export function firstFrameSeconds({ timeline }: KnownVideo): number {
  return timeline.ticks[0]! * timeline.tickSeconds;
}

/** @throws those of KnownVideo.open */
export async function videoClipTask(
  input: VideoFile & { readonly format: string },
  _context: TaskContext<never>,
): Promise<ClipFacts> {
  const known = await openFile(input);
  const { timeline, video } = known;
  const keys = new Set(timeline.keyTicks);
  return {
    seconds: Float64Array.from(timeline.ticks, (_, index) => frameTime(timeline, index)),
    keyframes: Int32Array.from(
      [...timeline.ticks.keys()].filter((index) => keys.has(timeline.ticks[index]!)),
    ),
    durationSeconds: timeline.duration,
    firstSeconds: firstFrameSeconds(known),
    startSeconds: video.containerStart,
    isDecoded: timeline.from === 'frames',
    variableRate: hasVariableRate(timeline),
    hasAudio: video.info.hasAudio,
    codec: video.info.codec,
    pixelFormat: video.info.pixelFormat ?? null,
    isPlayable: browserPlays(input.format, video.info.codec, video.info.pixelFormat),
  };
}
