/** Deleting items for good: not an edit, so no undo may lead back to them. */
import type { ProjectStore } from './project-store.ts';

export interface ErasedItem {
  readonly id: number;
  readonly path: string;
  readonly isCopied: boolean;
  readonly hash: string;
}

/**
 * Deletes items that are in the trash, with their tags, marks and the samples that have no other item.
 * Acts in the journal that touched any of it can no longer be taken back.
 * @returns what was deleted
 */
export function eraseItems(store: ProjectStore, itemIds: readonly number[]): ErasedItem[] {
  return store.transaction(() => {
    const rows = store.all(
      `SELECT id, path, is_copied, hash FROM items
       WHERE trashed_ms IS NOT NULL AND id IN (SELECT value FROM json_each(?))`,
      JSON.stringify(itemIds),
    );
    const ids = JSON.stringify(rows.map((row) => row['id']));
    const samples = JSON.stringify(orphans(store, ids));
    closeJournal(store, ids, samples);
    store.run(`DELETE FROM samples WHERE id IN (${list})`, samples);
    for (const table of ownTables) {
      store.run(`DELETE FROM ${table} WHERE item_id IN (${list})`, ids);
    }
    store.run(`DELETE FROM item_words WHERE rowid IN (${list})`, ids);
    store.run(`DELETE FROM items WHERE id IN (${list})`, ids);
    return rows.map((row) => ({
      id: Number(row['id']),
      path: String(row['path']),
      isCopied: row['is_copied'] === 1,
      hash: String(row['hash']),
    }));
  });
}

/** Tables whose rows belong to one item; keyframes before their tracks. */
const ownTables = [
  'item_tags',
  'shapes',
  'segments',
  'point_events',
  'track_keyframes',
  'tracks',
  'sample_items',
] as const;

const list = 'SELECT value FROM json_each(?)';

/** Samples all of whose items go. */
function orphans(store: ProjectStore, ids: string): unknown[] {
  return store
    .all(
      `SELECT DISTINCT sample_id AS id FROM sample_items WHERE item_id IN (${list})
       AND sample_id NOT IN (SELECT sample_id FROM sample_items WHERE item_id NOT IN (${list}))`,
      ids,
      ids,
    )
    .map((row) => row['id']);
}

function closeJournal(store: ProjectStore, ids: string, samples: string): void {
  const touching = (table: string, rows: string): string =>
    `SELECT journal_id FROM journal_rows WHERE table_name = '${table}' AND row_id IN (${rows})`;
  const entries = store.all(
    [
      touching('items', list),
      ...ownTables.map((table) =>
        touching(table, `SELECT id FROM ${table} WHERE item_id IN (${list})`),
      ),
      touching('samples', list),
      touching('turns', `SELECT id FROM turns WHERE sample_id IN (${list})`),
      `SELECT id AS journal_id FROM journal WHERE scope IN
        (SELECT 'item:' || value FROM json_each(?))`,
    ].join(' UNION '),
    ...[ids, ...ownTables.map(() => ids), samples, samples, ids],
  );
  const touched = JSON.stringify(entries.map((row) => row['journal_id']));
  store.run(
    `UPDATE journal SET state = 'dropped' WHERE state <> 'dropped' AND (id IN (${list})
     OR act IN (SELECT act FROM journal WHERE act IS NOT NULL AND id IN (${list})))`,
    touched,
    touched,
  );
}
