/** Labels and tags by item: what slices of an evaluation are made of. */
import type { ProjectStore } from './project-store.ts';

/** Names of the labels that marks of each item bear, without drafts. */
export function labelsOfItems(
  store: ProjectStore,
  itemIds: readonly number[],
): ReadonlyMap<number, readonly string[]> {
  return namesByItem(
    store,
    `SELECT DISTINCT item_id, name FROM marks JOIN labels ON labels.id = label_id
     WHERE is_draft = 0 AND item_id IN (SELECT value FROM json_each(?)) ORDER BY labels.position`,
    itemIds,
  );
}

export function tagsOfItems(
  store: ProjectStore,
  itemIds: readonly number[],
): ReadonlyMap<number, readonly string[]> {
  return namesByItem(
    store,
    `SELECT item_id, name FROM item_tags JOIN tags ON tags.id = tag_id
     WHERE item_id IN (SELECT value FROM json_each(?)) ORDER BY name`,
    itemIds,
  );
}

/** Items by the path that their row holds: absolute, or relative to the project's folder. */
export function itemIdsByPath(
  store: ProjectStore,
  paths: readonly string[],
): ReadonlyMap<string, number> {
  const rows = store.all(
    'SELECT id, path FROM items WHERE path IN (SELECT value FROM json_each(?)) ORDER BY id DESC',
    JSON.stringify(paths),
  );
  return new Map(rows.map((row) => [String(row['path']), Number(row['id'])]));
}

function namesByItem(
  store: ProjectStore,
  sql: string,
  itemIds: readonly number[],
): ReadonlyMap<number, readonly string[]> {
  const names = new Map<number, string[]>();
  for (const row of store.all(sql, JSON.stringify(itemIds))) {
    const id = Number(row['item_id']);
    const known = names.get(id);
    if (known === undefined) names.set(id, [String(row['name'])]);
    else known.push(String(row['name']));
  }
  return names;
}
