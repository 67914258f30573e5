/** The parts of the video bench that need no window. */
import { describe, expect, it } from 'vitest';
import type { Segment, Track, VideoEdit } from '../../src-main/ipc/contract/video-marks.ts';
import { FrameClock } from '../../src-renderer/features/annotate/video/frame-clock.ts';
import { parsePlace } from '../../src-renderer/features/annotate/video/place-text.ts';
import { strayedBy } from '../../src-renderer/features/annotate/video/proof.ts';
import {
  merged,
  moveEdge,
  nextOf,
  rowsOf,
  splitAt,
} from '../../src-renderer/features/annotate/video/segment-acts.ts';
import { edgeFrames, snappedFrame } from '../../src-renderer/features/annotate/video/snapping.ts';
import {
  neighbourKeyframe,
  pinned,
  placed,
  shapesAt,
  toggledOccluded,
  toggledOutside,
  unpinned,
} from '../../src-renderer/features/annotate/video/track-acts.ts';

const base64 = ({ buffer }: Float64Array | Int32Array): string =>
  Buffer.from(buffer as ArrayBuffer).toString('base64');

/** Ten frames; the fifth is shown for a second, the others for a tenth. */
const times = [0, 0.1, 0.2, 0.3, 0.4, 1.4, 1.5, 1.6, 1.7, 1.8];
const clock = new FrameClock({
  times: base64(Float64Array.from(times)),
  keyframes: base64(Int32Array.from([0, 6])),
  durationSeconds: 1.9,
  firstSeconds: 7,
});

const segment = (id: number, startFrame: number, endFrame: number, more = {}): Segment => ({
  ...{ id, itemId: 1, startFrame, endFrame, labelId: null, attributes: {}, text: '' },
  ...{ startSeconds: clock.startOf(startFrame), endSeconds: clock.startOf(endFrame), ...more },
});

const change = (edits: readonly VideoEdit[]): unknown => {
  const [edit] = edits;
  return edit?.kind === 'change-segment' ? edit.change : edit;
};

describe('the clock of frames', () => {
  it('tells the frame of a time and the time of a frame, of a variable rate too', () => {
    expect([0, 0.05, 0.0999, 0.1, 1, 1.3999, 1.89, 99].map((s) => clock.at(s))).toEqual([
      ...[0, 0, 1, 1, 4, 5, 9, 9],
    ]);
    expect(clock.startOf(10)).toBe(1.9);
    expect([0.04, 0.06, 1.84, 1.88].map((s) => clock.nearestEdge(s))).toEqual([0, 1, 9, 10]);
    expect([clock.keyframe(6, -1), clock.keyframe(7, -1), clock.keyframe(0, 1)]).toEqual([0, 6, 6]);
    expect(clock.keyframe(8, 1)).toBe(9);
  });
});

describe('places that a person types', () => {
  it.each([
    ['120', { frame: 120 }],
    ['#7', { frame: 7 }],
    ['1:02.5', { seconds: 62.5 }],
    ['1:00:02,25', { seconds: 3602.25 }],
    ['62.5s', { seconds: 62.5 }],
    ['soon', null],
    ['-3', null],
  ])('%s', (text, place) => expect(parsePlace(text)).toEqual(place));
});

describe('segments', () => {
  it('split without a gap, merge with all that is said, and keep at least a frame', () => {
    const whole = segment(1, 2, 8, { text: 'a', labelId: 3 });
    const [first, second] = splitAt(whole, 5, clock);
    expect(first).toMatchObject({ change: { startFrame: 2, endFrame: 5, endSeconds: 1.4 } });
    expect(second).toMatchObject({
      segment: { startFrame: 5, endFrame: 8, startSeconds: 1.4, labelId: 3, text: 'a' },
    });
    expect(splitAt(whole, 2, clock)).toEqual([]);
    expect(splitAt(whole, 8, clock)).toEqual([]);

    const other = segment(2, 8, 10, { text: 'b' });
    expect(nextOf([whole, other], whole)).toBe(other);
    const [joined, gone] = merged(whole, other, clock);
    expect(joined).toMatchObject({
      change: { startFrame: 2, endFrame: 10, endSeconds: 1.9, labelId: 3, text: 'a\nb' },
    });
    expect(gone).toEqual({ kind: 'remove-segment', id: 2 });

    expect(change(moveEdge(whole, 'start', 99, clock))).toMatchObject({ startFrame: 7 });
    expect(change(moveEdge(whole, 'end', -4, clock))).toMatchObject({ endFrame: 3 });
    expect(change(moveEdge(whole, 'end', 99, clock))).toMatchObject({ endFrame: 10 });
    expect(moveEdge(whole, 'end', 8, clock)).toEqual([]);
  });

  it('lie in rows where they overlap, and snap to edges and the playhead', () => {
    const list = [segment(1, 0, 4), segment(2, 2, 6), segment(3, 4, 9), segment(4, 5, 7)];
    expect([...rowsOf(list)]).toEqual([
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 2],
    ]);
    const marks = { segments: list, events: [], tracks: [] };
    const edges = edgeFrames(marks, 8, 1);
    expect(edges).not.toContain(0);
    const view = { x: (s: number) => s * 100, seconds: (x: number) => x / 100 };
    expect(snappedFrame(45, edges, view, clock)).toBe(4);
    expect(snappedFrame(12, [], view, clock)).toBe(1);
    expect(snappedFrame(174, edges, view, clock)).toBe(8);
  });
});

describe('tracks', () => {
  const key = (frame: number, x: number, more = {}) => ({
    ...{ frame, seconds: clock.startOf(frame), x, y: 0, width: 5, height: 5 },
    ...{ isOutside: false, isOccluded: false, ...more },
  });
  const track: Track = {
    ...{ id: 4, itemId: 1, labelId: null, attributes: {}, text: '' },
    ...{ isHidden: false, isLocked: false, keyframes: [key(0, 0), key(5, 140)] },
  };

  it('stand on the stage where they are at the playhead', () => {
    const xOf = (frame: number): unknown => {
      const [shape] = shapesAt([track], frame, clock);
      return shape?.geometry.kind === 'box' ? Math.round(shape.geometry.x) : undefined;
    };
    expect([0, 1, 4, 5, 9].map(xOf)).toEqual([0, 10, 40, 140, 140]);
  });

  it('get keyframes, gaps and covers at the playhead, and lose them', () => {
    expect(pinned(track, 1, clock)).toMatchObject([{ keyframe: { frame: 1, seconds: 0.1 } }]);
    expect(pinned(track, 5, clock)).toEqual([]);
    expect(toggledOutside(track, 7, clock)).toMatchObject([
      { keyframe: { frame: 7, x: 140, isOutside: true } },
    ]);
    const ended = { ...track, keyframes: [...track.keyframes, key(7, 140, { isOutside: true })] };
    expect(toggledOutside(ended, 8, clock)).toMatchObject([
      { keyframe: { frame: 8, isOutside: false } },
    ]);
    expect(toggledOccluded(ended, 8, clock)).toEqual([]);
    expect(toggledOccluded(track, 5, clock)).toMatchObject([{ keyframe: { isOccluded: true } }]);
    const box = { x: 1, y: 2, width: 3, height: 4 };
    expect(placed(track, 2, box, clock)).toMatchObject([
      { kind: 'set-keyframe', trackId: 4, keyframe: { frame: 2, ...box } },
    ]);
    expect(unpinned(track, 5)).toEqual([{ kind: 'remove-keyframe', trackId: 4, frame: 5 }]);
    expect(unpinned({ ...track, keyframes: [key(0, 0)] }, 0)).toEqual([
      { kind: 'remove-track', id: 4 },
    ]);
    expect([neighbourKeyframe(track, 3, 1), neighbourKeyframe(track, 5, 1)]).toEqual([5, null]);
  });
});

describe("the browser's own picture", () => {
  it('strayed only where a neighbour is clearly nearer', () => {
    const by = (...values: number[]) => strayedBy(new Map(values.map((one, at) => [at - 2, one])));
    expect(by(30, 20, 0.5, 20, 30)).toBe(0);
    expect(by(30, 0.5, 20, 30, 30)).toBe(-1);
    // A still picture: all alike.
    expect(by(2, 1, 3, 1, 2)).toBe(0);
  });
});
