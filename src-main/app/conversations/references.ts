/** What chips stand for: marks by their names, moments and stretches of videos, and pictures. */
import type {
  EventReference,
  ItemReference,
  References,
  SegmentReference,
  ShapeReference,
  TrackReference,
} from '../../ipc/contract/conversations.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import type { Keyframe } from '../../ipc/contract/video-marks.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { videoMarksOfItems } from '../../store/referred-video-marks.ts';
import { readSampleMedia, shapesOfItems } from '../../store/sample-media.ts';
import { boundsOf } from '../annotation/shape-bounds.ts';

/** Everything of these items that a chip may stand for, named so that it can be told apart. */
export function referencesOf(store: ProjectStore, itemIds: readonly number[]): References {
  const marks = videoMarksOfItems(store, itemIds);
  return {
    shapes: shapeReferences(store, itemIds),
    segments: named(marks.segments, 'segment').map(
      ([{ id, startSeconds, endSeconds }, facts]): SegmentReference => ({
        segmentId: id,
        ...facts,
        fromMs: startSeconds * 1000,
        toMs: endSeconds * 1000,
      }),
    ),
    events: named(marks.events, 'event').map(([{ id, seconds }, facts]): EventReference => ({
      eventId: id,
      ...facts,
      atMs: seconds * 1000,
    })),
    tracks: named(marks.tracks, 'track').map(([{ id, keyframes }, facts]): TrackReference => ({
      trackId: id,
      ...facts,
      visible: visibleOf(keyframes),
    })),
    items: itemReferences(store, itemIds),
  };
}

function shapeReferences(store: ProjectStore, itemIds: readonly number[]): ShapeReference[] {
  return named(shapesOfItems(store, itemIds), null).map(([row, facts]) => ({
    shapeId: row.id,
    ...facts,
    kind: row.kind,
    bounds: [...(boundsOf(JSON.parse(row.geometryJson) as Geometry) ?? ([0, 0, 0, 0] as const))],
  }));
}

interface NamedRow {
  readonly id: number;
  readonly itemId: number;
  readonly text: string;
  readonly labelName: string | null;
  readonly labelColor: number | null;
  /** Of a shape. */
  readonly kind?: string;
}

interface NameFacts {
  readonly itemId: number;
  readonly name: string;
  readonly color: number | null;
  readonly text: string;
}

/**
 * Each row with its name: the label, or what kind of mark it is; numbered where an item has several
 * of the same.
 * @param what the name of one without a label; null: its kind
 */
function named<Row extends NamedRow>(
  rows: readonly Row[],
  what: string | null,
): (readonly [Row, NameFacts])[] {
  const nameOf = ({ labelName, kind }: Row): string =>
    labelName ?? what ?? (kind ?? '').replace('-', ' ');
  const keyOf = (row: Row): string => `${row.itemId} ${nameOf(row)}`;
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(keyOf(row), (counts.get(keyOf(row)) ?? 0) + 1);
  const seen = new Map<string, number>();
  return rows.map((row) => {
    const number = (seen.get(keyOf(row)) ?? 0) + 1;
    seen.set(keyOf(row), number);
    const isAlone = counts.get(keyOf(row)) === 1;
    const name = isAlone ? nameOf(row) : `${nameOf(row)} ${number}`;
    return [row, { itemId: row.itemId, name, color: row.labelColor, text: row.text }] as const;
  });
}

/** When what a track follows is in the picture. */
function visibleOf(keyframes: readonly Keyframe[]): TrackReference['visible'] {
  const spans: { fromMs: number; toMs: number | null }[] = [];
  for (const { seconds, isOutside } of keyframes) {
    const last = spans.at(-1);
    const isOpen = last !== undefined && last.toMs === null;
    if (isOutside && isOpen) last.toMs = seconds * 1000;
    else if (!isOutside && !isOpen) spans.push({ fromMs: seconds * 1000, toMs: null });
  }
  return spans;
}

function itemReferences(store: ProjectStore, itemIds: readonly number[]): ItemReference[] {
  const byId = new Map(readSampleMedia(store, itemIds).map((row) => [row.id, row]));
  return itemIds.flatMap((id) => {
    const row = byId.get(id);
    if (row === undefined) return [];
    const { name, kind, hash, width, height, durationMs, isMissing } = row;
    return [{ itemId: id, name, kind, hash, width, height, durationMs, isMissing }];
  });
}
