import type { FrameRule } from '../../media/frame-rule.ts';

/** Frames from `startFrame` up to, and without, `endFrame`. */
export interface Stretch {
  readonly startFrame: number;
  readonly endFrame: number;
}

/** What of the marks a model does not get to see, and the least that would change it. */
export interface Advice {
  /** Places in the list of stretches of those in which no frame is taken. */
  readonly missed: number[];
  /** Fewest frames, evenly spread, of which one is in every stretch; null: more than are sensible. */
  readonly frames: number | null;
  /** Slowest rate at which one is in every stretch, with the frames that it takes; null: as above. */
  readonly rate: { readonly fps: number; readonly frames: number } | null;
}

/** Beyond it a video is more than most models take in. */
const mostFrames = 256;
const rates = [0.5, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 24, 25, 30, 50, 60];

/** The stretches, by their places, in which none of the frames lies. */
export function missedBy(frames: readonly number[], stretches: readonly Stretch[]): number[] {
  const sorted = [...frames].sort((a, b) => a - b);
  return [...stretches.keys()].filter((place) => {
    const { startFrame, endFrame } = stretches[place]!;
    const next = sorted.find((frame) => frame >= startFrame);
    return next === undefined || next >= endFrame;
  });
}

/**
 * @param taken the frames that a rule takes of this video
 * @param duration of the video, in seconds
 */
export function adviceFor(
  frames: readonly number[],
  stretches: readonly Stretch[],
  taken: (rule: FrameRule) => readonly number[],
  duration: number,
): Advice {
  const missed = missedBy(frames, stretches);
  if (missed.length === 0) return { missed, frames: null, rate: null };
  const sees = (rule: FrameRule): boolean => missedBy(taken(rule), stretches).length === 0;
  const counts = Array.from({ length: mostFrames }, (_, at) => at + 1);
  const fitting = rates.filter((fps) => fps * duration <= mostFrames);
  const fps = fitting.find((rate) => sees({ fps: rate }));
  return {
    missed,
    frames: counts.find((count) => sees({ count })) ?? null,
    rate: fps === undefined ? null : { fps, frames: taken({ fps }).length },
  };
}
