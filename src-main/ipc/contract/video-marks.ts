/**
 * Marks on a video: stretches, moments, and boxes that move.
 *
 * A place in time is the number of a frame, 0 for the first that is shown, together with when that
 * frame begins to be shown, in seconds after the first. Both are those of the original file, as training
 * decodes it. They are written together, once, and never worked out again from a rate: so they do not
 * drift, whatever the rate of the file or of its preview.
 */
import * as v from 'valibot';
import { attributeValues } from './shapes.ts';

const id = v.pipe(v.number(), v.integer());
const frame = v.pipe(v.number(), v.integer(), v.minValue(0));
const seconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const coordinate = v.pipe(v.number(), v.finite());
const length = v.pipe(v.number(), v.finite(), v.minValue(0));
const text = v.pipe(v.string(), v.maxLength(100_000));

/** What every mark has. */
const saying = { labelId: v.nullable(id), attributes: attributeValues, text };

const stretch = {
  startFrame: frame,
  /** The first frame that is no longer in it; the number of frames where it lasts to the end. */
  endFrame: frame,
  startSeconds: seconds,
  /** When `endFrame` begins to be shown, or the video ends. */
  endSeconds: seconds,
};

export const newSegment = v.object({ ...stretch, ...saying });
export const segment = v.object({ id, itemId: id, ...newSegment.entries });
export type Segment = v.InferOutput<typeof segment>;
export type NewSegment = v.InferOutput<typeof newSegment>;

export const newPointEvent = v.object({ frame, seconds, ...saying });
export const pointEvent = v.object({ id, itemId: id, ...newPointEvent.entries });
export type PointEvent = v.InferOutput<typeof pointEvent>;
export type NewPointEvent = v.InferOutput<typeof newPointEvent>;

/** Where the box of a track is at a frame, in pixels of the upright frame. See track-box.ts. */
export const keyframe = v.object({
  frame,
  seconds,
  x: coordinate,
  y: coordinate,
  width: length,
  height: length,
  /** From here to the next keyframe the thing is not in the picture. */
  isOutside: v.boolean(),
  /** From here to the next keyframe it is hidden behind something. */
  isOccluded: v.boolean(),
});
export type Keyframe = v.InferOutput<typeof keyframe>;

const trackFacts = { ...saying, isHidden: v.boolean(), isLocked: v.boolean() };
export const newTrack = v.object({
  ...trackFacts,
  keyframes: v.pipe(v.array(keyframe), v.minLength(1), v.maxLength(100_000)),
});
/** Its keyframes in order of time. */
export const track = v.object({ id, itemId: id, ...newTrack.entries });
export type Track = v.InferOutput<typeof track>;
export type NewTrack = v.InferOutput<typeof newTrack>;

export const videoMarks = v.object({
  /** By start. */
  segments: v.array(segment),
  /** By time. */
  events: v.array(pointEvent),
  /** In the order in which they were drawn. */
  tracks: v.array(track),
});
export type VideoMarks = v.InferOutput<typeof videoMarks>;

/** One change; what a change does not name stays. */
export const videoEdit = v.variant('kind', [
  v.object({ kind: v.literal('add-segment'), segment: newSegment }),
  v.object({
    kind: v.literal('change-segment'),
    id,
    change: v.partial(newSegment),
  }),
  v.object({ kind: v.literal('remove-segment'), id }),
  v.object({ kind: v.literal('add-event'), event: newPointEvent }),
  v.object({ kind: v.literal('change-event'), id, change: v.partial(newPointEvent) }),
  v.object({ kind: v.literal('remove-event'), id }),
  v.object({ kind: v.literal('add-track'), track: newTrack }),
  v.object({ kind: v.literal('change-track'), id, change: v.partial(v.object(trackFacts)) }),
  v.object({ kind: v.literal('remove-track'), id }),
  /** Puts a keyframe, in place of the one that is at this frame. */
  v.object({ kind: v.literal('set-keyframe'), trackId: id, keyframe }),
  /** The last one of a track goes with its track alone. */
  v.object({ kind: v.literal('remove-keyframe'), trackId: id, frame }),
]);
export type VideoEdit = v.InferOutput<typeof videoEdit>;
