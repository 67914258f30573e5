/** Tags of items. */
import type { Edit } from './journal.ts';
import type { ProjectStore } from './project-store.ts';

/** All tags that items outside the trash have, by name. */
export function listTags(store: ProjectStore): { readonly name: string; readonly count: number }[] {
  return store
    .all(
      `SELECT tags.name AS name, count(items.id) AS count FROM tags
       JOIN item_tags ON tag_id = tags.id JOIN items ON items.id = item_id AND trashed_ms IS NULL
       GROUP BY tags.id ORDER BY tags.name COLLATE NOCASE`,
    )
    .map((row) => ({ name: String(row['name']), count: Number(row['count']) }));
}

function tagId(store: ProjectStore, name: string): number | undefined {
  const row = store.get('SELECT id FROM tags WHERE name = ? COLLATE NOCASE', name);
  return row === undefined ? undefined : Number(row['id']);
}

/** Gives items a tag, made when it is new. @returns how many did not have it */
export function addTag(
  store: ProjectStore,
  edit: Edit,
  name: string,
  itemIds: readonly number[],
): number {
  const known = tagId(store, name);
  const id = known ?? edit.insert('tags', { name });
  const without = store.all(
    `SELECT id FROM items WHERE id IN (SELECT value FROM json_each(?))
     AND id NOT IN (SELECT item_id FROM item_tags WHERE tag_id = ?)`,
    JSON.stringify(itemIds),
    id,
  );
  for (const row of without) {
    edit.insert('item_tags', { item_id: Number(row['id']), tag_id: id });
  }
  return without.length;
}

/** Takes a tag off items. @returns how many had it */
export function removeTag(
  store: ProjectStore,
  edit: Edit,
  name: string,
  itemIds: readonly number[],
): number {
  const rows = store.all(
    `SELECT item_tags.id AS id FROM item_tags JOIN tags ON tags.id = tag_id
     WHERE tags.name = ? COLLATE NOCASE AND item_id IN (SELECT value FROM json_each(?))`,
    name,
    JSON.stringify(itemIds),
  );
  return edit.deleteAll(
    'item_tags',
    rows.map((row) => Number(row['id'])),
  );
}
