/** What @ offers. */
import { coverOf, cropOf } from './crop.ts';
import type { Crop } from './crop.ts';
import { timeText } from './references.ts';
import type { ReferencePart, References } from './references.ts';
import { texts } from './texts/index.ts';

/** A line of the menu behind @ or /. */
export interface Suggestion {
  readonly id: string;
  readonly group: string;
  readonly label: string;
  readonly detail?: string;
  readonly color?: number | null;
  readonly crop?: Crop | null;
  readonly insert: { readonly part: ReferencePart } | { readonly text: string };
}

const linePx = 28;

/**
 * Marks, segments and events, tracks where they are now, moments of videos, and the pictures
 * themselves; each with the item that it is on.
 * @param currentMs where a video stands
 */
export function mentionsOf(references: References, currentMs: number | null): Suggestion[] {
  return [
    ...marks(references),
    ...timeline(references),
    ...tracks(references, currentMs),
    ...moments(references, currentMs),
    ...places(references),
  ];
}

type Facts = { readonly itemId: number; readonly text: string };

/** What a mark says, and which item it is on. */
function detailOf({ items }: References, { itemId, text }: Facts, ...more: string[]): string {
  const item = items.find((one) => one.itemId === itemId);
  return [...more, text, item?.name ?? ''].filter((part) => part !== '').join(' · ');
}

function marks(references: References): Suggestion[] {
  return references.shapes.map((shape): Suggestion => {
    const item = references.items.find(({ itemId }) => itemId === shape.itemId);
    return {
      id: `region-${shape.shapeId}`,
      group: texts().groupMarks,
      label: shape.name,
      color: shape.color,
      crop: item === undefined ? null : cropOf(shape, item, linePx),
      detail: detailOf(references, shape),
      insert: { part: { type: 'region', shapeId: shape.shapeId } },
    };
  });
}

function timeline(references: References): Suggestion[] {
  const group = texts().groupSegments;
  const segments = references.segments.map((segment): Suggestion => ({
    id: `segment-${segment.segmentId}`,
    group,
    label: segment.name,
    color: segment.color,
    detail: detailOf(references, segment, timeText(segment.fromMs, segment.toMs)),
    insert: { part: { type: 'segment', segmentId: segment.segmentId } },
  }));
  const events = references.events.map((event): Suggestion => ({
    id: `event-${event.eventId}`,
    group,
    label: event.name,
    color: event.color,
    detail: detailOf(references, event, timeText(event.atMs, null)),
    insert: { part: { type: 'event', eventId: event.eventId } },
  }));
  return [...segments, ...events];
}

/** Only those that are in sight: a model cannot be told where something is that is not there. */
function tracks(references: References, currentMs: number | null): Suggestion[] {
  const atMs = Math.round(currentMs ?? 0);
  return references.tracks
    .filter(({ visible }) =>
      visible.some(({ fromMs, toMs }) => fromMs <= atMs && (toMs === null || atMs < toMs)),
    )
    .map((track): Suggestion => ({
      id: `track-${track.trackId}`,
      group: texts().groupTracks,
      label: texts().trackAt(track.name, timeText(atMs, null)),
      color: track.color,
      detail: detailOf(references, track),
      insert: { part: { type: 'track', trackId: track.trackId, atMs } },
    }));
}

function moments({ items }: References, currentMs: number | null): Suggestion[] {
  return items
    .filter(({ kind }) => kind === 'video')
    .flatMap(({ itemId, name, durationMs }): Suggestion[] => {
      const fromMs = Math.round(currentMs ?? 0);
      const end = Math.round(durationMs ?? 0);
      const time = (id: string, label: string, from: number, toMs: number | null): Suggestion => ({
        id: `${id}-${itemId}`,
        group: texts().groupTimes,
        label,
        detail: name,
        insert: { part: { type: 'time', itemId, fromMs: from, toMs } },
      });
      return [
        time('time', texts().now(timeText(fromMs, null)), fromMs, null),
        ...(end > 0 ? [time('whole', texts().wholeVideo(timeText(0, end)), 0, end)] : []),
      ];
    });
}

function places({ items }: References): Suggestion[] {
  return items.map((item): Suggestion => ({
    id: `item-${item.itemId}`,
    group: item.kind === 'video' ? texts().placeVideo : texts().placePicture,
    label: item.name,
    crop: coverOf(item),
    insert: { part: { type: 'item', itemId: item.itemId } },
  }));
}
