/** Marks on videos: stretches, moments, and tracks with their keyframes. */
import { LensmithError } from '../base/errors.ts';
import type {
  Keyframe,
  NewPointEvent,
  NewSegment,
  NewTrack,
  PointEvent,
  Segment,
  Track,
  VideoEdit,
  VideoMarks,
} from '../ipc/contract/video-marks.ts';
import type { Edit } from './journal.ts';
import type { ProjectStore, Row } from './project-store.ts';

type Values = Record<string, string | number | null>;

function sayingOf(row: Row) {
  return {
    id: Number(row['id']),
    itemId: Number(row['item_id']),
    labelId: row['label_id'] === null ? null : Number(row['label_id']),
    attributes: JSON.parse(String(row['attributes_json'])) as Segment['attributes'],
    text: String(row['text']),
  };
}

function segmentOf(row: Row): Segment {
  return {
    ...sayingOf(row),
    startFrame: Number(row['start_frame']),
    endFrame: Number(row['end_frame']),
    startSeconds: Number(row['start_seconds']),
    endSeconds: Number(row['end_seconds']),
  };
}

function eventOf(row: Row): PointEvent {
  return { ...sayingOf(row), frame: Number(row['frame']), seconds: Number(row['seconds']) };
}

export function keyframeOf(row: Row): Keyframe {
  return {
    frame: Number(row['frame']),
    seconds: Number(row['seconds']),
    x: Number(row['x']),
    y: Number(row['y']),
    width: Number(row['width']),
    height: Number(row['height']),
    isOutside: row['is_outside'] === 1,
    isOccluded: row['is_occluded'] === 1,
  };
}

/** By time; tracks in the order in which they were drawn, their keyframes by time. */
export function videoMarksOf(store: ProjectStore, itemId: number): VideoMarks {
  return {
    segments: segmentsOfItems(store, [itemId]),
    events: eventsOfItems(store, [itemId]),
    tracks: tracksOfItems(store, [itemId]),
  };
}

const among = 'item_id IN (SELECT value FROM json_each(?))';

export function segmentsOfItems(store: ProjectStore, itemIds: readonly number[]): Segment[] {
  const sql = `SELECT * FROM segments WHERE ${among} ORDER BY item_id, start_frame, id`;
  return store.all(sql, JSON.stringify(itemIds)).map(segmentOf);
}

export function eventsOfItems(store: ProjectStore, itemIds: readonly number[]): PointEvent[] {
  const sql = `SELECT * FROM point_events WHERE ${among} ORDER BY item_id, frame, id`;
  return store.all(sql, JSON.stringify(itemIds)).map(eventOf);
}

export function tracksOfItems(store: ProjectStore, itemIds: readonly number[]): Track[] {
  const ids = JSON.stringify(itemIds);
  const keyframes = new Map<number, Keyframe[]>();
  const sql = `SELECT * FROM track_keyframes WHERE ${among} ORDER BY track_id, frame`;
  for (const row of store.all(sql, ids)) {
    const trackId = Number(row['track_id']);
    const list = keyframes.get(trackId);
    if (list === undefined) keyframes.set(trackId, [keyframeOf(row)]);
    else list.push(keyframeOf(row));
  }
  return store.all(`SELECT * FROM tracks WHERE ${among} ORDER BY item_id, id`, ids).map((row) => ({
    ...sayingOf(row),
    isHidden: row['is_hidden'] === 1,
    isLocked: row['is_locked'] === 1,
    keyframes: keyframes.get(Number(row['id'])) ?? [],
  }));
}

type Saying = Partial<Pick<Segment, 'labelId' | 'attributes' | 'text'>>;

function sayingColumns({ labelId, attributes, text }: Saying): Values {
  return {
    ...(labelId !== undefined && { label_id: labelId }),
    ...(attributes && { attributes_json: JSON.stringify(attributes) }),
    ...(text !== undefined && { text }),
  };
}

function segmentColumns(change: Partial<NewSegment>): Values {
  const { startFrame, endFrame, startSeconds, endSeconds } = change;
  return {
    ...sayingColumns(change),
    ...(startFrame !== undefined && { start_frame: startFrame }),
    ...(endFrame !== undefined && { end_frame: endFrame }),
    ...(startSeconds !== undefined && { start_seconds: startSeconds }),
    ...(endSeconds !== undefined && { end_seconds: endSeconds }),
  };
}

function eventColumns(change: Partial<NewPointEvent>): Values {
  const { frame, seconds } = change;
  return {
    ...sayingColumns(change),
    ...(frame !== undefined && { frame }),
    ...(seconds !== undefined && { seconds }),
  };
}

function trackColumns(change: Partial<Omit<NewTrack, 'keyframes'>>): Values {
  const { isHidden, isLocked } = change;
  return {
    ...sayingColumns(change),
    ...(isHidden !== undefined && { is_hidden: Number(isHidden) }),
    ...(isLocked !== undefined && { is_locked: Number(isLocked) }),
  };
}

function keyframeColumns({ isOutside, isOccluded, ...place }: Keyframe): Values {
  return { ...place, is_outside: Number(isOutside), is_occluded: Number(isOccluded) };
}

type MarkTable = 'segments' | 'point_events' | 'tracks';

/** @throws video/foreign-mark when it is on another item, or gone */
function requireOn(store: ProjectStore, table: MarkTable, itemId: number, id: number): void {
  const row = store.get(`SELECT 1 FROM ${table} WHERE id = ? AND item_id = ?`, id, itemId);
  if (row !== undefined) return;
  throw new LensmithError('video/foreign-mark', 'A mark is no longer on this video.', {
    expected: `marks of item ${itemId}`,
    got: `entry ${id} of ${table}`,
    hint: 'It was deleted meanwhile; nothing was changed.',
  });
}

function setKeyframe(
  store: ProjectStore,
  edit: Edit,
  itemId: number,
  trackId: number,
  keyframe: Keyframe,
): void {
  const sql = 'SELECT id FROM track_keyframes WHERE track_id = ? AND frame = ?';
  const known = store.get(sql, trackId, keyframe.frame);
  const columns = keyframeColumns(keyframe);
  if (known !== undefined) edit.update('track_keyframes', Number(known['id']), columns);
  else edit.insert('track_keyframes', { item_id: itemId, track_id: trackId, ...columns });
}

function removeKeyframe(store: ProjectStore, edit: Edit, trackId: number, frame: number): void {
  const sql = 'SELECT id, frame FROM track_keyframes WHERE track_id = ?';
  const rows = store.all(sql, trackId);
  const meant = rows.find((row) => row['frame'] === frame);
  if (meant === undefined || rows.length === 1) {
    throw new LensmithError('video/no-keyframe', 'This keyframe cannot be deleted.', {
      got: meant === undefined ? `none at frame ${frame}` : 'the only one of its track',
      hint: meant === undefined ? 'It was deleted meanwhile.' : 'Delete the track instead.',
    });
  }
  edit.delete('track_keyframes', Number(meant['id']));
}

/**
 * Makes one change within an act.
 * @returns the id of what it added, else null
 * @throws video/foreign-mark, video/no-keyframe, and what the store throws
 */
export function applyVideoEdit(
  store: ProjectStore,
  edit: Edit,
  itemId: number,
  change: VideoEdit,
): number | null {
  switch (change.kind) {
    case 'add-segment':
      return edit.insert('segments', { item_id: itemId, ...segmentColumns(change.segment) });
    case 'add-event':
      return edit.insert('point_events', { item_id: itemId, ...eventColumns(change.event) });
    case 'add-track': {
      const { keyframes, ...facts } = change.track;
      const id = edit.insert('tracks', { item_id: itemId, ...trackColumns(facts) });
      for (const keyframe of keyframes) setKeyframe(store, edit, itemId, id, keyframe);
      return id;
    }
    case 'change-segment':
      requireOn(store, 'segments', itemId, change.id);
      edit.update('segments', change.id, segmentColumns(change.change as Partial<NewSegment>));
      return null;
    case 'change-event':
      requireOn(store, 'point_events', itemId, change.id);
      edit.update('point_events', change.id, eventColumns(change.change as Partial<NewPointEvent>));
      return null;
    case 'change-track':
      requireOn(store, 'tracks', itemId, change.id);
      edit.update('tracks', change.id, trackColumns(change.change as Partial<NewTrack>));
      return null;
    case 'set-keyframe':
      requireOn(store, 'tracks', itemId, change.trackId);
      setKeyframe(store, edit, itemId, change.trackId, change.keyframe);
      return null;
    case 'remove-keyframe':
      requireOn(store, 'tracks', itemId, change.trackId);
      removeKeyframe(store, edit, change.trackId, change.frame);
      return null;
    case 'remove-segment':
      requireOn(store, 'segments', itemId, change.id);
      edit.delete('segments', change.id);
      return null;
    case 'remove-event':
      requireOn(store, 'point_events', itemId, change.id);
      edit.delete('point_events', change.id);
      return null;
    case 'remove-track':
      requireOn(store, 'tracks', itemId, change.id);
      for (const row of store.all('SELECT id FROM track_keyframes WHERE track_id = ?', change.id)) {
        edit.delete('track_keyframes', Number(row['id']));
      }
      edit.delete('tracks', change.id);
      return null;
  }
}
