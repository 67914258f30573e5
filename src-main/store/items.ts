/** Rows of pictures and videos, one by one and by handfuls; whole listings are in item-list.ts. */
import type { Edit } from './journal.ts';
import type { ProjectStore, Row } from './project-store.ts';

/** What an import knows of a file. */
export interface NewItem {
  readonly kind: 'image' | 'video';
  /** Absolute, or relative to the project's folder where `isCopied`. */
  readonly path: string;
  readonly isCopied: boolean;
  readonly name: string;
  readonly hash: string;
  readonly perceptualHash: string | null;
  readonly format: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly width: number;
  readonly height: number;
  readonly orientation: number;
  /** Holds values that a model sees as white. */
  readonly isClipped: boolean;
  readonly durationMs: number | null;
  readonly frameRate: number | null;
  readonly frameCount: number | null;
  readonly codec: string | null;
  readonly hasAudio: boolean;
  readonly takenMs: number | null;
}

/** A row of `items`. */
export interface ItemRow extends NewItem {
  readonly id: number;
  readonly addedMs: number;
  readonly split: 'train' | 'validation' | 'test' | null;
  readonly rating: number;
  readonly notes: string;
  readonly isMissing: boolean;
  readonly trashedMs: number | null;
}

/** What a grid shows of an item. */
export interface ItemCardRow {
  readonly id: number;
  readonly kind: 'image' | 'video';
  readonly name: string;
  readonly hash: string;
  readonly width: number;
  readonly height: number;
  readonly durationMs: number | null;
  readonly split: ItemRow['split'];
  readonly rating: number;
  readonly isMissing: boolean;
  readonly tags: string[];
  readonly markCount: number;
  readonly sampleCount: number;
}

/** @returns the item's id */
export function insertItem(edit: Edit, item: NewItem, addedMs: number): number {
  return edit.insert('items', {
    kind: item.kind,
    path: item.path,
    is_copied: item.isCopied ? 1 : 0,
    name: item.name,
    hash: item.hash,
    perceptual_hash: item.perceptualHash,
    format: item.format,
    size_bytes: item.sizeBytes,
    modified_ms: item.modifiedMs,
    width: item.width,
    height: item.height,
    orientation: item.orientation,
    is_clipped: item.isClipped ? 1 : 0,
    duration_ms: item.durationMs,
    frame_rate: item.frameRate,
    frame_count: item.frameCount,
    codec: item.codec,
    has_audio: item.hasAudio ? 1 : 0,
    taken_ms: item.takenMs,
    added_ms: addedMs,
  });
}

const numberOrNull = (value: unknown): number | null => (value === null ? null : Number(value));
const textOrNull = (value: unknown): string | null => (value === null ? null : String(value));

function itemOf(row: Row): ItemRow {
  return {
    id: Number(row['id']),
    kind: row['kind'] as ItemRow['kind'],
    path: String(row['path']),
    isCopied: row['is_copied'] === 1,
    name: String(row['name']),
    hash: String(row['hash']),
    perceptualHash: textOrNull(row['perceptual_hash']),
    format: String(row['format']),
    sizeBytes: Number(row['size_bytes']),
    modifiedMs: Number(row['modified_ms']),
    width: Number(row['width']),
    height: Number(row['height']),
    orientation: Number(row['orientation']),
    isClipped: row['is_clipped'] === 1,
    durationMs: numberOrNull(row['duration_ms']),
    frameRate: numberOrNull(row['frame_rate']),
    frameCount: numberOrNull(row['frame_count']),
    codec: textOrNull(row['codec']),
    hasAudio: row['has_audio'] === 1,
    takenMs: numberOrNull(row['taken_ms']),
    addedMs: Number(row['added_ms']),
    split: row['split'] as ItemRow['split'],
    rating: Number(row['rating']),
    notes: String(row['notes']),
    isMissing: row['is_missing'] === 1,
    trashedMs: numberOrNull(row['trashed_ms']),
  };
}

export function readItem(store: ProjectStore, id: number): ItemRow | undefined {
  const row = store.get('SELECT * FROM items WHERE id = ?', id);
  return row === undefined ? undefined : itemOf(row);
}

/** Those of these ids that there are, in the order of the ids; trashed ones too. */
export function readItems(store: ProjectStore, ids: readonly number[]): ItemRow[] {
  return inOrder(
    store.all(
      'SELECT * FROM items WHERE id IN (SELECT value FROM json_each(?))',
      JSON.stringify(ids),
    ),
    ids,
  ).map(itemOf);
}

/** The item with these bytes; one outside the trash before one in it. */
export function itemByHash(store: ProjectStore, hash: string): ItemRow | undefined {
  const row = store.get(
    'SELECT * FROM items WHERE hash = ? ORDER BY trashed_ms IS NOT NULL, id LIMIT 1',
    hash,
  );
  return row === undefined ? undefined : itemOf(row);
}

/** The item that was read from this very file, if the file is still the same. */
export function itemByFile(
  store: ProjectStore,
  file: { readonly path: string; readonly sizeBytes: number; readonly modifiedMs: number },
): ItemRow | undefined {
  const row = store.get(
    `SELECT * FROM items WHERE path = ? AND size_bytes = ? AND modified_ms = ?
     ORDER BY trashed_ms IS NOT NULL, id LIMIT 1`,
    file.path,
    file.sizeBytes,
    file.modifiedMs,
  );
  return row === undefined ? undefined : itemOf(row);
}

/** Those of these ids that there are, in the order of the ids. */
export function readCards(store: ProjectStore, ids: readonly number[]): ItemCardRow[] {
  const rows = store.all(
    `SELECT id, kind, name, hash, width, height, duration_ms, split, rating, is_missing,
       (SELECT json_group_array(tags.name ORDER BY tags.name COLLATE NOCASE)
        FROM item_tags JOIN tags ON tags.id = tag_id WHERE item_id = items.id) AS tags_json,
       coalesce(marked.count, 0) AS mark_count,
       (SELECT count(DISTINCT samples.id) FROM sample_items
        JOIN samples ON samples.id = sample_id
        WHERE item_id = items.id AND samples.trashed_ms IS NULL) AS sample_count
     FROM items LEFT JOIN
       (SELECT item_id, count(*) AS count FROM marks
        WHERE is_draft = 0 AND item_id IN (SELECT value FROM json_each(?1)) GROUP BY item_id)
       AS marked ON marked.item_id = items.id
     WHERE id IN (SELECT value FROM json_each(?1))`,
    JSON.stringify(ids),
  );
  return inOrder(rows, ids).map((row) => ({
    id: Number(row['id']),
    kind: row['kind'] as ItemRow['kind'],
    name: String(row['name']),
    hash: String(row['hash']),
    width: Number(row['width']),
    height: Number(row['height']),
    durationMs: numberOrNull(row['duration_ms']),
    split: row['split'] as ItemRow['split'],
    rating: Number(row['rating']),
    isMissing: row['is_missing'] === 1,
    tags: JSON.parse(String(row['tags_json'])) as string[],
    markCount: Number(row['mark_count']),
    sampleCount: Number(row['sample_count']),
  }));
}

function inOrder(rows: readonly Row[], ids: readonly number[]): Row[] {
  const byId = new Map(rows.map((row) => [Number(row['id']), row]));
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
}

/** A sample of an item as a list shows it. */
export interface SampleGlance {
  readonly id: number;
  readonly kind: string;
  readonly status: string;
  readonly rating: number;
  readonly question: string;
  readonly answer: string;
}

const plainText = (role: string, order: 'ASC' | 'DESC'): string => `coalesce((
  SELECT substr((SELECT group_concat(json_extract(value, '$.text'), ' ')
    FROM json_each(turns.content_json)), 1, 400)
  FROM turns WHERE turns.sample_id = samples.id AND role = '${role}'
  ORDER BY position ${order} LIMIT 1), '')`;

/** The samples that an item is in, in their order, without trashed ones. */
export function samplesOfItem(store: ProjectStore, itemId: number, limit: number): SampleGlance[] {
  return store
    .all(
      `SELECT DISTINCT samples.id AS id, kind, status, rating, samples.position,
         ${plainText('user', 'ASC')} AS question, ${plainText('assistant', 'DESC')} AS answer
       FROM sample_items JOIN samples ON samples.id = sample_items.sample_id
       WHERE item_id = ? AND samples.trashed_ms IS NULL
       ORDER BY samples.position, samples.id LIMIT ?`,
      itemId,
      limit,
    )
    .map((row) => ({
      id: Number(row['id']),
      kind: String(row['kind']),
      status: String(row['status']),
      rating: Number(row['rating']),
      question: String(row['question']),
      answer: String(row['answer']),
    }));
}

/** A mark of an item with its label, for a glance. */
export interface MarkGlance {
  readonly geometryJson: string;
  readonly label: string;
  readonly color: number | null;
}

export function marksOfItem(store: ProjectStore, itemId: number, limit: number): MarkGlance[] {
  return store
    .all(
      `SELECT geometry_json, coalesce(labels.name, '') AS label, labels.color AS color
       FROM shapes LEFT JOIN labels ON labels.id = label_id
       WHERE item_id = ? AND is_draft = 0 AND is_hidden = 0 ORDER BY "order" LIMIT ?`,
      itemId,
      limit,
    )
    .map((row) => ({
      geometryJson: String(row['geometry_json']),
      label: String(row['label']),
      color: numberOrNull(row['color']),
    }));
}
