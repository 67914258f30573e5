/** What acts on tracks come to, as edits, and what they look like on the stage. */
import { boxAt } from '../../../../src-main/ipc/contract/track-box.ts';
import type { GeometryOf, Shape } from '../../../../src-main/ipc/contract/shapes.ts';
import type { Keyframe, Track, VideoEdit } from '../../../../src-main/ipc/contract/video-marks.ts';
import type { FrameClock } from './frame-clock.ts';

type Box = Pick<GeometryOf<'box'>, 'x' | 'y' | 'width' | 'height'>;

export function keyframeAt(frame: number, box: Box, clock: FrameClock): Keyframe {
  const { x, y, width, height } = box;
  return {
    ...{ frame, seconds: clock.startOf(frame), x, y, width, height },
    ...{ isOutside: false, isOccluded: false },
  };
}

/** The boxes that are in the picture at a frame, as marks of the canvas. */
export function shapesAt(tracks: readonly Track[], frame: number, clock: FrameClock): Shape[] {
  return tracks.flatMap((track, order): Shape[] => {
    const box = boxAt(track.keyframes, frame, clock.startOf(frame));
    if (box === null) return [];
    const { id, itemId, labelId, attributes, isLocked, isHidden, text } = track;
    const { x, y, width, height } = box;
    return [
      {
        ...{ id, itemId, labelId, attributes, isLocked, isHidden, text, order },
        geometry: { kind: 'box', x, y, width, height },
        ...{ isDraft: false, source: 'person' },
      },
    ];
  });
}

/** A box was moved or drawn at a frame: a keyframe there, hidden as it was. */
export function placed(track: Track, frame: number, box: Box, clock: FrameClock): VideoEdit[] {
  const before = boxAt(track.keyframes, frame, clock.startOf(frame));
  const keyframe = { ...keyframeAt(frame, box, clock), isOccluded: before?.isOccluded ?? false };
  return [{ kind: 'set-keyframe', trackId: track.id, keyframe }];
}

/** The keyframe that rules at a frame, made one of this frame. */
function ruling(track: Track, frame: number, clock: FrameClock): Keyframe | null {
  const seconds = clock.startOf(frame);
  const box = boxAt(track.keyframes, frame, seconds);
  if (box !== null) return { ...keyframeAt(frame, box, clock), isOccluded: box.isOccluded };
  const last = track.keyframes.findLast((one) => one.frame <= frame);
  return last === undefined ? null : { ...last, frame, seconds };
}

/** A keyframe where the box is anyway: what comes before and after can be changed apart. */
export function pinned(track: Track, frame: number, clock: FrameClock): VideoEdit[] {
  const box = boxAt(track.keyframes, frame, clock.startOf(frame));
  if (box === null || box.isKeyframe) return [];
  return placed(track, frame, box, clock);
}

/** From this frame on the thing is not in the picture, or is again. */
export function toggledOutside(track: Track, frame: number, clock: FrameClock): VideoEdit[] {
  const keyframe = ruling(track, frame, clock);
  if (keyframe === null) return [];
  const isOutside = !keyframe.isOutside;
  return [{ kind: 'set-keyframe', trackId: track.id, keyframe: { ...keyframe, isOutside } }];
}

/** From this frame on the thing is hidden behind something, or is seen again. */
export function toggledOccluded(track: Track, frame: number, clock: FrameClock): VideoEdit[] {
  const keyframe = ruling(track, frame, clock);
  if (keyframe === null || keyframe.isOutside) return [];
  const isOccluded = !keyframe.isOccluded;
  return [{ kind: 'set-keyframe', trackId: track.id, keyframe: { ...keyframe, isOccluded } }];
}

/** The keyframe of a frame goes; with the last one the track. */
export function unpinned(track: Track, frame: number): VideoEdit[] {
  if (!track.keyframes.some((one) => one.frame === frame)) return [];
  return track.keyframes.length === 1
    ? [{ kind: 'remove-track', id: track.id }]
    : [{ kind: 'remove-keyframe', trackId: track.id, frame }];
}

/** The next or previous keyframe from a frame; null where there is none. */
export function neighbourKeyframe(track: Track, frame: number, step: 1 | -1): number | null {
  const frames = track.keyframes.map((one) => one.frame);
  const found =
    step === 1 ? frames.find((one) => one > frame) : frames.findLast((one) => one < frame);
  return found ?? null;
}
