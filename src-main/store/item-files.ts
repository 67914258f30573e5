/** Where files of items are, and which are not there: facts of the disk, outside the journal. */
import type { ProjectStore, Row } from './project-store.ts';

export interface ItemFile {
  readonly id: number;
  readonly path: string;
  readonly isCopied: boolean;
  readonly isMissing: boolean;
  readonly sizeBytes: number;
  readonly hash: string;
}

const columns = 'id, path, is_copied, is_missing, size_bytes, hash';

function fileOf(row: Row): ItemFile {
  return {
    id: Number(row['id']),
    path: String(row['path']),
    isCopied: row['is_copied'] === 1,
    isMissing: row['is_missing'] === 1,
    sizeBytes: Number(row['size_bytes']),
    hash: String(row['hash']),
  };
}

/** Up to `limit` items with ids above `after`, by id: all of them, piece by piece. */
export function itemFilesAfter(store: ProjectStore, after: number, limit: number): ItemFile[] {
  return store
    .all(`SELECT ${columns} FROM items WHERE id > ? ORDER BY id LIMIT ?`, after, limit)
    .map(fileOf);
}

export function itemFilesOf(store: ProjectStore, ids: readonly number[]): ItemFile[] {
  const list = JSON.stringify(ids);
  return store
    .all(`SELECT ${columns} FROM items WHERE id IN (SELECT value FROM json_each(?))`, list)
    .map(fileOf);
}

export function missingFiles(store: ProjectStore): ItemFile[] {
  return store.all(`SELECT ${columns} FROM items WHERE is_missing = 1 ORDER BY id`).map(fileOf);
}

export function markMissing(store: ProjectStore, ids: readonly number[], isMissing: boolean): void {
  store.run(
    'UPDATE items SET is_missing = ? WHERE id IN (SELECT value FROM json_each(?))',
    isMissing ? 1 : 0,
    JSON.stringify(ids),
  );
}

/** Perceptual hashes of items outside the trash. */
export function perceptualHashes(store: ProjectStore): { ids: number[]; hashes: string[] } {
  const rows = store.all(
    `SELECT id, perceptual_hash AS hash FROM items
     WHERE trashed_ms IS NULL AND perceptual_hash IS NOT NULL ORDER BY id`,
  );
  return {
    ids: rows.map((row) => Number(row['id'])),
    hashes: rows.map((row) => String(row['hash'])),
  };
}

/** Whether any item, in the trash or not, keeps its copy at this path. */
export function isFileUsed(store: ProjectStore, path: string): boolean {
  return store.get('SELECT 1 FROM items WHERE path = ? AND is_copied = 1', path) !== undefined;
}

/** Paths of all copies that items have, in the trash or not. */
export function copiedPaths(store: ProjectStore): Set<string> {
  const rows = store.lists('SELECT path FROM items WHERE is_copied = 1');
  return new Set(rows.map(([path]) => String(path)));
}

const entriesAtOnce = 50;

/** Paths of copies that acts speak of which may still be undone or redone, some entries at a time. */
export function* mentionedCopies(store: ProjectStore): Generator<string[]> {
  let after = 0;
  for (;;) {
    const rows = store.all(
      `SELECT id, changes_json AS changes FROM journal
       WHERE id > ? AND state <> 'dropped' AND changes_json LIKE '%media/%' ORDER BY id LIMIT ?`,
      after,
      entriesAtOnce,
    );
    if (rows.length === 0) return;
    after = Number(rows.at(-1)?.['id']);
    yield rows.flatMap((row) => String(row['changes']).match(/media\/[0-9a-f]{2}\/[\w.]+/gu) ?? []);
  }
}
