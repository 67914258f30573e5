import type { Sampling } from '../../ipc/contract/content.ts';
import type { FrameRule } from '../../media/frame-rule.ts';
import { frameTime } from '../../media/video-timeline.ts';
import { wantedFrames } from '../../media/video.ts';
import { frameRule } from '../media-reader/media-reader.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { openFile } from './clip-task.ts';
import type { VideoFile } from './clip-task.ts';
import { adviceFor } from './sampling-advice.ts';
import type { Advice, Stretch } from './sampling-advice.ts';

export interface SampledFrame {
  readonly frame: number;
  /** When it begins to be shown. */
  readonly seconds: number;
  /** The time that was asked for. */
  readonly requestedSeconds: number;
}

export interface SamplingInput extends VideoFile {
  /** As a conversation has it; null: the default of those that say nothing. */
  readonly sampling: Sampling;
  /** What is marked: a moment is a stretch of one frame. */
  readonly stretches: readonly Stretch[];
}

export interface SamplingOutput {
  readonly frames: SampledFrame[];
  readonly advice: Advice;
}

/**
 * The frames that a model gets of a video, by the functions that training and `model forward` go by, and
 * what of the marks none of them shows.
 * @throws those of KnownVideo.open and wantedFrames
 */
export async function videoSamplingTask(
  input: SamplingInput,
  _context: TaskContext<never>,
): Promise<SamplingOutput> {
  const { timeline } = await openFile(input);
  const rule = frameRule({ type: 'video', path: input.path, ...input.sampling });
  const taken = (other: FrameRule): number[] =>
    wantedFrames(timeline, other).map(({ index }) => index);
  const frames = wantedFrames(timeline, rule).map(({ index, seconds }) => ({
    frame: index,
    seconds: frameTime(timeline, index),
    requestedSeconds: seconds,
  }));
  const shown = frames.map(({ frame }) => frame);
  return { frames, advice: adviceFor(shown, input.stretches, taken, timeline.duration) };
}
