/** Marks of one video as files carry them; labels by name, places by frame and by second. */

/** A stretch; `endFrame` is the first frame that is no longer in it. */
export interface SegmentMark {
  readonly label: string;
  readonly text: string;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface MomentMark {
  readonly label: string;
  readonly text: string;
  readonly frame: number;
  readonly seconds: number;
}

/** A box from its top left corner, in pixels of the upright frame. */
export interface TrackBoxMark {
  readonly frame: number;
  readonly seconds: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly isOutside: boolean;
  readonly isOccluded: boolean;
}

/** Between two of its boxes the edges move evenly with time. */
export interface TrackMark {
  readonly label: string;
  readonly text: string;
  /** By frame; at least one. */
  readonly boxes: readonly TrackBoxMark[];
}

export interface VideoMarksFile {
  readonly segments: readonly SegmentMark[];
  readonly moments: readonly MomentMark[];
  readonly tracks: readonly TrackMark[];
}

/** The frames of the video that the marks are on. */
export interface FrameTimes {
  readonly name: string;
  /** When each frame begins to be shown, in seconds after the first. */
  readonly seconds: ArrayLike<number>;
  readonly durationSeconds: number;
}

export type MarkKind = keyof VideoMarksFile;

export interface VideoMarksFormat {
  readonly id: string;
  readonly extension: string;
  /** What it holds; the rest of the marks is left out, and said. */
  readonly holds: readonly MarkKind[];
  /** Whether a text looks like this format. */
  readonly sniff: (text: string) => boolean;
  /** @throws RecordFault where the text is none of it */
  readonly read: (text: string, video: FrameTimes) => VideoMarksFile;
  readonly write: (marks: VideoMarksFile, video: FrameTimes) => string;
}

/** The frame that is shown at a moment: the last that has begun. */
export function frameAt({ seconds }: FrameTimes, moment: number): number {
  let low = 0;
  let high = seconds.length - 1;
  // Times are written with six digits; half of the last is within the frame before.
  const asked = moment + 1e-6;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((seconds[middle] ?? 0) <= asked) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** When a frame begins, or the video ends. */
export const secondsOf = ({ seconds, durationSeconds }: FrameTimes, frame: number): number =>
  seconds[frame] ?? durationSeconds;

/** A stretch of whole frames; one that lies outside or is empty is null. */
export function stretchOf(
  video: FrameTimes,
  startFrame: number,
  endFrame: number,
): Pick<SegmentMark, 'startFrame' | 'endFrame' | 'startSeconds' | 'endSeconds'> | null {
  const count = video.seconds.length;
  if (startFrame < 0 || startFrame >= count || endFrame <= startFrame) return null;
  const end = Math.min(endFrame, count);
  const [startSeconds, endSeconds] = [secondsOf(video, startFrame), secondsOf(video, end)];
  return { startFrame, endFrame: end, startSeconds, endSeconds };
}
