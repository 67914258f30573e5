/** The words by which items are found: kept with every edit, in its transaction. */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Change } from './changes.ts';

const affected: Readonly<Record<string, string>> = {
  item_tags: 'SELECT item_id AS id FROM item_tags WHERE id = ?',
  tags: 'SELECT item_id AS id FROM item_tags WHERE tag_id = ?',
  labels: 'SELECT DISTINCT item_id AS id FROM marks WHERE label_id = ?',
  shapes: 'SELECT item_id AS id FROM shapes WHERE id = ?',
  segments: 'SELECT item_id AS id FROM segments WHERE id = ?',
  point_events: 'SELECT item_id AS id FROM point_events WHERE id = ?',
  tracks: 'SELECT item_id AS id FROM tracks WHERE id = ?',
  track_keyframes: 'SELECT item_id AS id FROM track_keyframes WHERE id = ?',
  samples: 'SELECT item_id AS id FROM sample_items WHERE sample_id = ?',
  sample_items: 'SELECT item_id AS id FROM sample_items WHERE id = ?',
  turns: 'SELECT item_id AS id FROM sample_items JOIN turns USING (sample_id) WHERE turns.id = ?',
};

/** Columns of `items` that words are taken from. */
const wordColumns = ['name', 'notes'];

/** Whether a change may change what an item is found by; a rating of thousands does not. */
export function changesWords({ table, before, after }: Change): boolean {
  if (table !== 'items' || before === null || after === null) return true;
  return wordColumns.some((name) => name in after);
}

/** Items that a set of changes touches, also by rows that are gone now. */
export function touchedItems(database: DatabaseSync, changes: readonly Change[]): Set<number> {
  const items = new Set<number>();
  const prepared = new Map<string, StatementSync>();
  const addAll = (table: string, id: number): void => {
    const sql = affected[table];
    if (sql === undefined) return;
    const query = prepared.get(table) ?? database.prepare(sql);
    prepared.set(table, query);
    for (const row of query.all(id)) items.add(Number(row['id']));
  };
  for (const { table, id, before, after } of changes) {
    if (table === 'items') items.add(id);
    const named = [before?.['item_id'], after?.['item_id']].filter((one) => one !== undefined);
    for (const itemId of named) if (typeof itemId === 'number') items.add(itemId);
    // Rows of a deleted turn's sample are found by the sample it was in.
    const sampleId = before?.['sample_id'] ?? after?.['sample_id'];
    if (typeof sampleId === 'number') addAll('samples', sampleId);
    // What the row itself names need not be looked up.
    if (named.length === 0) addAll(table, id);
  }
  return items;
}

// Marks by the value itself: a view is not searched by a column of the query around it.
const wordsOfItem = `
SELECT items.name AS name,
  (SELECT group_concat(tags.name, ' ') FROM item_tags JOIN tags ON tags.id = tag_id
   WHERE item_id = items.id) AS tags,
  (SELECT group_concat(coalesce(labels.name, '') || ' ' || marks.text, ' ')
   FROM marks LEFT JOIN labels ON labels.id = label_id WHERE item_id = ?1) AS labels,
  items.notes || ' ' || coalesce((SELECT group_concat(samples.notes || ' ' || coalesce((SELECT group_concat(json_extract(value, '$.text'), ' ')
     FROM json_each(turns.content_json)), ''), ' ')
   FROM sample_items JOIN samples ON samples.id = sample_items.sample_id
   LEFT JOIN turns ON turns.sample_id = samples.id
   WHERE item_id = items.id AND samples.trashed_ms IS NULL), '') AS words
FROM items WHERE id = ?1`;

/** Brings the index of these items up to their rows. */
export function indexWords(database: DatabaseSync, items: Iterable<number>): void {
  const remove = database.prepare('DELETE FROM item_words WHERE rowid = ?');
  const read = database.prepare(wordsOfItem);
  const add = database.prepare(
    'INSERT INTO item_words (rowid, name, tags, labels, words) VALUES (?, ?, ?, ?, ?)',
  );
  for (const id of items) {
    remove.run(id);
    const row = read.get(id);
    if (row === undefined) continue;
    const { name, tags, labels, words } = row;
    add.run(id, name ?? '', tags ?? '', labels ?? '', words ?? '');
  }
}
