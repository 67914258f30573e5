import type { Keyframe } from './video-marks.ts';

/** The box of a track at a moment, in pixels of the upright frame. */
export interface TrackBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly isOccluded: boolean;
  /** It stands in a keyframe; else it lies between two, or after the last. */
  readonly isKeyframe: boolean;
}

/**
 * Where a track's box is when frame `frame` begins to be shown.
 *
 * Between two keyframes every edge moves evenly with time: at a + (b − a) · (t − t_a) / (t_b − t_a), by
 * seconds and not by frames, so that a thing that moves evenly is met in videos of a variable rate too.
 * After the last keyframe the box stays where it is. From a keyframe that is outside the thing is not in
 * the picture until the next one; towards such a keyframe the box stays as it was.
 *
 * @param keyframes in order of time
 * @returns null where the thing is not in the picture: before the first keyframe, and while outside
 */
export function boxAt(
  keyframes: readonly Keyframe[],
  frame: number,
  seconds: number,
): TrackBox | null {
  const at = keyframes.findLastIndex((one) => one.frame <= frame);
  const from = keyframes[at];
  if (from === undefined || from.isOutside) return null;
  const { isOccluded } = from;
  const isKeyframe = from.frame === frame;
  const to = keyframes[at + 1];
  if (isKeyframe || to === undefined || to.isOutside) {
    const { x, y, width, height } = from;
    return { x, y, width, height, isOccluded, isKeyframe };
  }
  const span = to.seconds - from.seconds;
  const share = span > 0 ? Math.min(1, Math.max(0, (seconds - from.seconds) / span)) : 0;
  const between = (a: number, b: number): number => a + (b - a) * share;
  return {
    x: between(from.x, to.x),
    y: between(from.y, to.y),
    width: between(from.width, to.width),
    height: between(from.height, to.height),
    isOccluded,
    isKeyframe,
  };
}

/** Stretches of time in which a thing is in the picture; `end` null: to the end of the video. */
export function visibleSpans(
  keyframes: readonly Keyframe[],
): { readonly startFrame: number; readonly endFrame: number | null }[] {
  const spans: { startFrame: number; endFrame: number | null }[] = [];
  for (const { frame, isOutside } of keyframes) {
    const last = spans.at(-1);
    const isOpen = last !== undefined && last.endFrame === null;
    if (isOutside && isOpen) last.endFrame = frame;
    else if (!isOutside && !isOpen) spans.push({ startFrame: frame, endFrame: null });
  }
  return spans;
}
