/** What acts on segments come to, as edits. Times are always read off the list of frames. */
import type {
  NewSegment,
  Segment,
  VideoEdit,
} from '../../../../src-main/ipc/contract/video-marks.ts';
import type { FrameClock } from './frame-clock.ts';

export type Edge = 'start' | 'end';

/** A stretch with its times. `endFrame` is the first frame that is no longer in it. */
export function stretch(clock: FrameClock, startFrame: number, endFrame: number) {
  return {
    ...{ startFrame, endFrame },
    startSeconds: clock.startOf(startFrame),
    endSeconds: clock.startOf(endFrame),
  };
}

/** An edge moved to a frame, as far as the other edge and the video let it. */
export function edgeAt(
  segment: Pick<Segment, 'startFrame' | 'endFrame'>,
  edge: Edge,
  frame: number,
  clock: FrameClock,
) {
  const { startFrame, endFrame } = segment;
  return edge === 'start'
    ? stretch(clock, Math.max(0, Math.min(frame, endFrame - 1)), endFrame)
    : stretch(clock, startFrame, Math.min(clock.count, Math.max(frame, startFrame + 1)));
}

export function moveEdge(
  segment: Segment,
  edge: Edge,
  frame: number,
  clock: FrameClock,
): VideoEdit[] {
  const change = edgeAt(segment, edge, frame, clock);
  const isSame = change.startFrame === segment.startFrame && change.endFrame === segment.endFrame;
  return isSame ? [] : [{ kind: 'change-segment', id: segment.id, change }];
}

/** Two of one, the second from `frame` on; nothing where that leaves one of them empty. */
export function splitAt(segment: Segment, frame: number, clock: FrameClock): VideoEdit[] {
  const { id, startFrame, endFrame, labelId, attributes, text } = segment;
  if (frame <= startFrame || frame >= endFrame) return [];
  const rest: NewSegment = { ...stretch(clock, frame, endFrame), labelId, attributes, text };
  return [
    { kind: 'change-segment', id, change: stretch(clock, startFrame, frame) },
    { kind: 'add-segment', segment: rest },
  ];
}

/** The segment that comes next after one, in the order of their starts. */
export function nextOf(segments: readonly Segment[], { id }: Segment): Segment | undefined {
  const at = segments.findIndex((one) => one.id === id);
  return at === -1 ? undefined : segments[at + 1];
}

/** One of two: from the first start to the last end, with the texts of both, the label of the first. */
export function merged(first: Segment, second: Segment, clock: FrameClock): VideoEdit[] {
  const startFrame = Math.min(first.startFrame, second.startFrame);
  const endFrame = Math.max(first.endFrame, second.endFrame);
  const texts = [first.text, second.text].filter((text) => text.trim() !== '');
  return [
    {
      kind: 'change-segment',
      id: first.id,
      change: {
        ...stretch(clock, startFrame, endFrame),
        labelId: first.labelId ?? second.labelId,
        attributes: { ...second.attributes, ...first.attributes },
        text: [...new Set(texts)].join('\n'),
      },
    },
    { kind: 'remove-segment', id: second.id },
  ];
}

/** Rows so that none covers another: each segment in the first row that is free. */
export function rowsOf(segments: readonly Segment[]): ReadonlyMap<number, number> {
  const ends: number[] = [];
  const rows = new Map<number, number>();
  for (const { id, startFrame, endFrame } of segments) {
    const free = ends.findIndex((end) => end <= startFrame);
    const row = free === -1 ? ends.length : free;
    ends[row] = endFrame;
    rows.set(id, row);
  }
  return rows;
}
