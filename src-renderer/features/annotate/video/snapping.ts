import type { VideoMarks } from '../../../../src-main/ipc/contract/video-marks.ts';
import type { FrameClock } from './frame-clock.ts';
import type { TimelineView } from './timeline-view.svelte.ts';

/** Pixels within which an edge takes the place of another, or of the playhead. */
const reachPx = 7;

/** Frames at which something begins or ends, but for the mark that is moved. */
export function edgeFrames(marks: VideoMarks, playhead: number, except: number): number[] {
  return [
    playhead,
    playhead + 1,
    ...marks.segments.flatMap(({ id, startFrame, endFrame }) =>
      id === except ? [] : [startFrame, endFrame],
    ),
    ...marks.events.flatMap(({ id, frame }) => (id === except ? [] : [frame, frame + 1])),
  ];
}

/** The frame whose beginning is meant by a place on the timeline: an edge that is near, else the nearest. */
export function snappedFrame(
  x: number,
  edges: readonly number[],
  view: Pick<TimelineView, 'x' | 'seconds'>,
  clock: FrameClock,
): number {
  let best = clock.nearestEdge(view.seconds(x));
  let least = reachPx;
  for (const edge of edges) {
    const distance = Math.abs(view.x(clock.startOf(edge)) - x);
    if (distance < least) [best, least] = [edge, distance];
  }
  return best;
}
