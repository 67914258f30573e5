/** Labels of marks. */
import type { Label } from '../ipc/contract/shapes.ts';
import type { Edit } from './journal.ts';
import type { ProjectStore, Row } from './project-store.ts';

export type LabelFacts = Omit<Label, 'id' | 'position'>;

function labelOf(row: Row): Label & { shapes: number } {
  const skeleton = row['skeleton_json'];
  return {
    id: Number(row['id']),
    name: String(row['name']),
    color: Number(row['color']),
    attributes: JSON.parse(String(row['attributes_json'])) as Label['attributes'],
    skeleton: skeleton === null ? null : (JSON.parse(String(skeleton)) as Label['skeleton']),
    position: Number(row['position']),
    shapes: Number(row['shapes']),
  };
}

/** By position, with the number of marks that bear each. */
export function listLabels(store: ProjectStore): (Label & { shapes: number })[] {
  const rows = store.all(
    `SELECT labels.*, coalesce(borne.count, 0) AS shapes FROM labels LEFT JOIN
       (SELECT label_id, count(*) AS count FROM marks JOIN items ON items.id = item_id
        WHERE is_draft = 0 AND trashed_ms IS NULL GROUP BY label_id)
       AS borne ON borne.label_id = labels.id
     ORDER BY position, labels.id`,
  );
  return rows.map(labelOf);
}

export function findLabelByName(store: ProjectStore, name: string): number | null {
  const row = store.get('SELECT id FROM labels WHERE name = ?', name);
  return row === undefined ? null : Number(row['id']);
}

export function hasLabel(store: ProjectStore, id: number): boolean {
  return store.get('SELECT 1 FROM labels WHERE id = ?', id) !== undefined;
}

function columnsOf(facts: Partial<LabelFacts>): Record<string, string | number | null> {
  const { name, color, attributes, skeleton } = facts;
  return {
    ...(name === undefined ? {} : { name }),
    ...(color === undefined ? {} : { color }),
    ...(attributes === undefined ? {} : { attributes_json: JSON.stringify(attributes) }),
    ...(skeleton === undefined
      ? {}
      : { skeleton_json: skeleton === null ? null : JSON.stringify(skeleton) }),
  };
}

/** Behind the labels there are. @returns its id */
export function insertLabel(store: ProjectStore, edit: Edit, facts: LabelFacts): number {
  const last = store.get('SELECT coalesce(max(position), 0) AS position FROM labels');
  return edit.insert('labels', { ...columnsOf(facts), position: Number(last?.['position']) + 1 });
}

export function updateLabel(edit: Edit, id: number, facts: Partial<LabelFacts>): void {
  edit.update('labels', id, columnsOf(facts));
}

/** Its marks get `replacement`, or no label. */
export function deleteLabel(
  store: ProjectStore,
  edit: Edit,
  id: number,
  replacement: number | null,
): void {
  for (const table of ['shapes', 'segments', 'point_events', 'tracks'] as const) {
    for (const row of store.all(`SELECT id FROM ${table} WHERE label_id = ?`, id)) {
      edit.update(table, Number(row['id']), { label_id: replacement });
    }
  }
  edit.delete('labels', id);
}

/** Positions by this order; labels that it does not name keep theirs. */
export function orderLabels(edit: Edit, ids: readonly number[]): void {
  for (const [index, id] of ids.entries()) edit.update('labels', id, { position: index + 1 });
}
