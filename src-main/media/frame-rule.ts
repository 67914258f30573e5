import { LensmithError } from '../base/errors.ts';

/**
 * Which frames of a video of D seconds, counted from its first frame:
 * - `fps`: those shown at t = 0, 1/fps, 2/fps … while t < D;
 * - `count`: those shown at the centres of `count` equal parts, t = (i + ½)·D/count;
 * - `timestampsMs`: those shown at the given times, in the given order.
 *
 * The same frame comes again when it is shown at several of these times, so the
 * number of frames depends on the rule and the duration alone.
 */
export type FrameRule =
  | { readonly fps: number }
  | { readonly count: number }
  | { readonly timestampsMs: readonly number[] };

export const MAX_FRAMES = 100_000;

function invalid(expected: string, got: unknown): LensmithError {
  return new LensmithError('media/frame-rule', 'The rule for taking frames is not usable.', {
    expected,
    got: String(got),
  });
}

function tooMany(wanted: number): LensmithError {
  return new LensmithError('media/too-many-frames', 'Too many frames are asked for.', {
    expected: `at most ${MAX_FRAMES}`,
    got: String(wanted),
    hint: 'Take fewer frames a second.',
  });
}

function timestampTimes(timestampsMs: readonly number[], duration: number): number[] {
  return timestampsMs.map((ms) => {
    // The end itself still shows the last frame; a millisecond forgives rounding.
    if (ms >= 0 && ms <= duration * 1000 + 1) return ms / 1000;
    throw new LensmithError('media/timestamp-outside', 'A time lies outside the video.', {
      expected: `0 to ${Math.round(duration * 1000)} ms`,
      got: `${ms} ms`,
    });
  });
}

/**
 * The times that a rule asks for, in seconds from the first frame.
 * @throws media/frame-rule, media/too-many-frames, media/timestamp-outside
 */
export function wantedTimes(rule: FrameRule, duration: number): number[] {
  if ('fps' in rule) {
    if (!(rule.fps > 0 && Number.isFinite(rule.fps))) throw invalid('fps above 0', rule.fps);
    // Containers round times, so a whole number of steps must not gain one by a millisecond.
    const slack = Math.min(1.5e-3, 0.1 / rule.fps);
    const count = Math.max(1, Math.ceil((duration - slack) * rule.fps));
    if (count > MAX_FRAMES) throw tooMany(count);
    return Array.from({ length: count }, (_, i) => i / rule.fps);
  }
  if ('count' in rule) {
    const { count } = rule;
    if (!(Number.isInteger(count) && count > 0)) throw invalid('a whole count above 0', count);
    if (count > MAX_FRAMES) throw tooMany(count);
    return Array.from({ length: count }, (_, i) => ((i + 0.5) * duration) / count);
  }
  if (rule.timestampsMs.length > MAX_FRAMES) throw tooMany(rule.timestampsMs.length);
  return timestampTimes(rule.timestampsMs, duration);
}
