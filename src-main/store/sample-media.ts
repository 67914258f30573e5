/** What samples refer to: their pictures and videos, and marks on them. */
import type { Sampling } from '../ipc/contract/content.ts';
import type { ProjectStore, Row } from './project-store.ts';

/** Items as renderings and chips need them. */
export interface SampleMediaRow {
  readonly id: number;
  readonly kind: 'image' | 'video';
  /** Absolute, or relative to the project's folder. */
  readonly path: string;
  readonly name: string;
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | null;
  readonly split: string | null;
  readonly isMissing: boolean;
}

export function readSampleMedia(store: ProjectStore, itemIds: readonly number[]): SampleMediaRow[] {
  return store
    .all(
      'SELECT * FROM items WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(itemIds),
    )
    .map((row) => ({
      id: Number(row['id']),
      kind: row['kind'] === 'video' ? 'video' : 'image',
      path: String(row['path']),
      name: String(row['name']),
      hash: String(row['hash']),
      width: Number(row['width']),
      height: Number(row['height']),
      durationMs: row['duration_ms'] === null ? null : Number(row['duration_ms']),
      split: row['split'] === null ? null : String(row['split']),
      isMissing: row['is_missing'] === 1,
    }));
}

/** A mark with its label, as chips and renderings need it. */
export interface ReferredShapeRow {
  readonly id: number;
  readonly itemId: number;
  readonly geometryJson: string;
  readonly kind: string;
  readonly text: string;
  readonly labelName: string | null;
  readonly labelColor: number | null;
}

const shapeColumns = `shapes.id AS id, item_id, geometry_json, kind, text,
  labels.name AS label_name, labels.color AS label_color
  FROM shapes LEFT JOIN labels ON labels.id = label_id`;

export function readReferredShapes(
  store: ProjectStore,
  shapeIds: readonly number[],
): ReferredShapeRow[] {
  return store
    .all(
      `SELECT ${shapeColumns} WHERE shapes.id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(shapeIds),
    )
    .map(shapeOf);
}

/** Marks of items that a chip may stand for: not those that nobody accepted yet. */
export function shapesOfItems(store: ProjectStore, itemIds: readonly number[]): ReferredShapeRow[] {
  return store
    .all(
      `SELECT ${shapeColumns} WHERE item_id IN (SELECT value FROM json_each(?)) AND is_draft = 0
       ORDER BY item_id, "order", shapes.id`,
      JSON.stringify(itemIds),
    )
    .map(shapeOf);
}

function shapeOf(row: Row): ReferredShapeRow {
  return {
    id: Number(row['id']),
    itemId: Number(row['item_id']),
    geometryJson: String(row['geometry_json']),
    kind: String(row['kind']),
    text: String(row['text']),
    labelName: row['label_name'] === null ? null : String(row['label_name']),
    labelColor: row['label_color'] === null ? null : Number(row['label_color']),
  };
}

/** How samples have the frames of a video taken, each way once; null: they do not say. */
export function samplingsOfItem(
  store: ProjectStore,
  itemId: number,
): { sampling: Sampling; sampleIds: number[] }[] {
  return store
    .all(
      `SELECT sampling_json, json_group_array(sample_id) AS ids FROM sample_items
       JOIN samples ON samples.id = sample_id
       WHERE item_id = ? AND trashed_ms IS NULL GROUP BY sampling_json ORDER BY min(sample_id)`,
      itemId,
    )
    .map((row) => ({
      sampling: JSON.parse(String(row['sampling_json'] ?? 'null')) as Sampling,
      sampleIds: JSON.parse(String(row['ids'])) as number[],
    }));
}

/** A video's place in each conversation that is not in the trash, with the first item of that one. */
export function sampledItems(
  store: ProjectStore,
  itemId: number,
): { readonly id: number; readonly samplingJson: string | null; readonly firstItemId: number }[] {
  return store
    .all(
      `SELECT sample_items.id AS id, sampling_json,
         (SELECT item_id FROM sample_items AS first WHERE first.sample_id = samples.id
          ORDER BY position LIMIT 1) AS first_item_id
       FROM sample_items JOIN samples ON samples.id = sample_id
       WHERE item_id = ? AND trashed_ms IS NULL ORDER BY sample_items.id`,
      itemId,
    )
    .map((row) => ({
      id: Number(row['id']),
      samplingJson: row['sampling_json'] === null ? null : String(row['sampling_json']),
      firstItemId: Number(row['first_item_id']),
    }));
}
