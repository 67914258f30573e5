/** Marks on pictures. */
import { LensmithError } from '../base/errors.ts';
import type { ShapeChange, StackingMove } from '../ipc/contract/annotation.ts';
import type { NewShape, Shape } from '../ipc/contract/shapes.ts';
import type { Edit } from './journal.ts';
import type { ProjectStore, Row } from './project-store.ts';

function shapeOf(row: Row): Shape {
  return {
    id: Number(row['id']),
    itemId: Number(row['item_id']),
    labelId: row['label_id'] === null ? null : Number(row['label_id']),
    geometry: JSON.parse(String(row['geometry_json'])) as Shape['geometry'],
    attributes: JSON.parse(String(row['attributes_json'])) as Shape['attributes'],
    order: Number(row['order']),
    isLocked: row['is_locked'] === 1,
    isHidden: row['is_hidden'] === 1,
    isDraft: row['is_draft'] === 1,
    source: String(row['source']),
    text: String(row['text']),
  };
}

/** Lowest first. */
export function shapesOfItem(store: ProjectStore, itemId: number): Shape[] {
  return store
    .all('SELECT * FROM shapes WHERE item_id = ? ORDER BY "order", id', itemId)
    .map(shapeOf);
}

export function findShape(store: ProjectStore, id: number): Shape | null {
  const row = store.get('SELECT * FROM shapes WHERE id = ?', id);
  return row === undefined ? null : shapeOf(row);
}

function columnsOf(change: Partial<NewShape>): Record<string, string | number | null> {
  const { geometry, labelId, attributes, isLocked, isHidden, isDraft, source, text } = change;
  return {
    ...(geometry && { kind: geometry.kind, geometry_json: JSON.stringify(geometry) }),
    ...(labelId !== undefined && { label_id: labelId }),
    ...(attributes && { attributes_json: JSON.stringify(attributes) }),
    ...(isLocked !== undefined && { is_locked: Number(isLocked) }),
    ...(isHidden !== undefined && { is_hidden: Number(isHidden) }),
    ...(isDraft !== undefined && { is_draft: Number(isDraft) }),
    ...(source !== undefined && { source }),
    ...(text !== undefined && { text }),
  };
}

/** Above the marks there are, in their order. @returns their ids */
export function insertShapes(
  store: ProjectStore,
  edit: Edit,
  itemId: number,
  shapes: readonly NewShape[],
): number[] {
  const top = store.get(
    'SELECT coalesce(max("order"), 0) AS top FROM shapes WHERE item_id = ?',
    itemId,
  );
  const first = Math.floor(Number(top?.['top'])) + 1;
  return shapes.map((shape, index) =>
    edit.insert('shapes', { item_id: itemId, order: first + index, ...columnsOf(shape) }),
  );
}

/** @throws annotation/foreign-shape when one of them is on another item, or gone */
export function requireOnItem(store: ProjectStore, itemId: number, ids: Iterable<number>): void {
  const present = new Set(
    store.all('SELECT id FROM shapes WHERE item_id = ?', itemId).map((row) => Number(row['id'])),
  );
  for (const id of ids) {
    if (present.has(id)) continue;
    throw new LensmithError('annotation/foreign-shape', 'A mark is no longer on this picture.', {
      expected: `marks of item ${itemId}`,
      got: `mark ${id}`,
      hint: 'It was deleted meanwhile; nothing was changed.',
    });
  }
}

export function updateShape(edit: Edit, { id, ...change }: ShapeChange): void {
  edit.update('shapes', id, columnsOf(change as Partial<NewShape>));
}

/** Moves marks within the stack of their item; among themselves they keep their order. */
export function stackShapes(
  store: ProjectStore,
  edit: Edit,
  itemId: number,
  ids: readonly number[],
  move: StackingMove,
): void {
  const stack = shapesOfItem(store, itemId).map(({ id }) => id);
  const chosen = new Set(ids);
  for (const [order, id] of restacked(stack, chosen, move).entries()) {
    edit.update('shapes', id, { order: order + 1 });
  }
}

/** The stack, lowest first, after a move of the chosen ones. */
export function restacked(
  stack: readonly number[],
  chosen: ReadonlySet<number>,
  move: StackingMove,
): number[] {
  const moved = stack.filter((id) => chosen.has(id));
  const others = stack.filter((id) => !chosen.has(id));
  if (move === 'front') return [...others, ...moved];
  if (move === 'back') return [...moved, ...others];
  const result = [...stack];
  const step = move === 'forward' ? 1 : -1;
  // From the end that moves first, so that neighbours do not pass one another.
  const order = step > 0 ? [...result.keys()].reverse() : [...result.keys()];
  for (const at of order) {
    const [one, next] = [result[at], result[at + step]];
    if (one === undefined || next === undefined || !chosen.has(one) || chosen.has(next)) continue;
    [result[at], result[at + step]] = [next, one];
  }
  return result;
}
