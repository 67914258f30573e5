/** Marks of videos with their labels, as chips and renderings need them. */
import type { Keyframe } from '../ipc/contract/video-marks.ts';
import type { ProjectStore, Row } from './project-store.ts';
import { keyframeOf } from './video-marks.ts';

interface NamedRow {
  readonly id: number;
  readonly itemId: number;
  readonly text: string;
  readonly labelName: string | null;
  readonly labelColor: number | null;
}

export interface ReferredSegmentRow extends NamedRow {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

export interface ReferredEventRow extends NamedRow {
  readonly seconds: number;
}

export interface ReferredTrackRow extends NamedRow {
  /** In order of time. */
  readonly keyframes: readonly Keyframe[];
}

export interface ReferredVideoMarks {
  readonly segments: readonly ReferredSegmentRow[];
  readonly events: readonly ReferredEventRow[];
  readonly tracks: readonly ReferredTrackRow[];
}

/** All marks of these items, by time; tracks in the order in which they were drawn. */
export function videoMarksOfItems(
  store: ProjectStore,
  itemIds: readonly number[],
): ReferredVideoMarks {
  return read(store, 'item_id', { segments: itemIds, events: itemIds, tracks: itemIds });
}

/** The marks of these ids that there are. */
export function readReferredVideoMarks(store: ProjectStore, ids: MarkIds): ReferredVideoMarks {
  return read(store, 'id', ids);
}

export interface MarkIds {
  readonly segments: readonly number[];
  readonly events: readonly number[];
  readonly tracks: readonly number[];
}

function read(store: ProjectStore, column: 'id' | 'item_id', ids: MarkIds): ReferredVideoMarks {
  const rows = (table: string, wanted: readonly number[], order: string): Row[] =>
    wanted.length === 0
      ? []
      : store.all(
          `SELECT ${table}.*, labels.name AS label_name, labels.color AS label_color
           FROM ${table} LEFT JOIN labels ON labels.id = label_id
           WHERE ${table}.${column} IN (SELECT value FROM json_each(?))
           ORDER BY item_id, ${order}, ${table}.id`,
          JSON.stringify(wanted),
        );
  const tracks = rows('tracks', ids.tracks, 'tracks.id').map(namedOf);
  const keyframes = keyframesOf(
    store,
    tracks.map(({ id }) => id),
  );
  return {
    segments: rows('segments', ids.segments, 'start_frame').map((row) => ({
      ...namedOf(row),
      startSeconds: Number(row['start_seconds']),
      endSeconds: Number(row['end_seconds']),
    })),
    events: rows('point_events', ids.events, 'frame').map((row) => ({
      ...namedOf(row),
      seconds: Number(row['seconds']),
    })),
    tracks: tracks.map((track) => ({ ...track, keyframes: keyframes.get(track.id) ?? [] })),
  };
}

function keyframesOf(store: ProjectStore, trackIds: readonly number[]): Map<number, Keyframe[]> {
  const found = new Map<number, Keyframe[]>();
  if (trackIds.length === 0) return found;
  const rows = store.all(
    `SELECT * FROM track_keyframes WHERE track_id IN (SELECT value FROM json_each(?))
     ORDER BY track_id, frame`,
    JSON.stringify(trackIds),
  );
  for (const row of rows) {
    const trackId = Number(row['track_id']);
    const list = found.get(trackId);
    if (list === undefined) found.set(trackId, [keyframeOf(row)]);
    else list.push(keyframeOf(row));
  }
  return found;
}

function namedOf(row: Row): NamedRow {
  return {
    id: Number(row['id']),
    itemId: Number(row['item_id']),
    text: String(row['text']),
    labelName: row['label_name'] === null ? null : String(row['label_name']),
    labelColor: row['label_color'] === null ? null : Number(row['label_color']),
  };
}
