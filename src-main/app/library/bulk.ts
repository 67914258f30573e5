/** Acts on a selection, however large: one undo takes each back. */
import type { Edit, RowValues } from '../../store/journal.ts';
import { readItems } from '../../store/items.ts';
import type { ItemRow } from '../../store/items.ts';
import { addTag, removeTag } from '../../store/tags.ts';
import type { OpenProject } from '../project/open-project.ts';

/** Items of one transaction; between two the core answers others. */
const chunkItems = 1000;

type Work = (edit: Edit, itemIds: readonly number[]) => number;

async function inChunks(
  { store }: OpenProject,
  label: string,
  itemIds: readonly number[],
  work: Work,
): Promise<number> {
  if (itemIds.length <= chunkItems) {
    return store.journal.edit('library', label, (edit) => work(edit, itemIds));
  }
  let changed = 0;
  const works = Array.from({ length: Math.ceil(itemIds.length / chunkItems) }, (_, n) => {
    const chunk = itemIds.slice(n * chunkItems, (n + 1) * chunkItems);
    return (edit: Edit): void => {
      changed += work(edit, chunk);
    };
  });
  await store.journal.editInPieces('library', label, works);
  return changed;
}

export const countOf = (itemIds: readonly number[]): string =>
  `${itemIds.length} ${itemIds.length === 1 ? 'item' : 'items'}`;

/** Sets columns of items for which they would change. @returns how many */
export function setColumns(
  project: OpenProject,
  label: string,
  itemIds: readonly number[],
  values: RowValues,
  applies: (item: ItemRow) => boolean,
): Promise<number> {
  return inChunks(project, label, itemIds, (edit, chunk) => {
    const items = readItems(project.store, chunk).filter(applies);
    return edit.updateAll(
      'items',
      items.map(({ id }) => id),
      values,
    );
  });
}

/** @returns in how many places a tag was added or taken */
export function changeTags(
  project: OpenProject,
  itemIds: readonly number[],
  add: readonly string[],
  remove: readonly string[],
): Promise<number> {
  const names = [...add, ...remove].map((name) => `“${name}”`).join(', ');
  const verb = add.length === 0 ? 'Take' : 'Tag';
  const label =
    add.length === 0
      ? `${verb} ${names} off ${countOf(itemIds)}`
      : `${verb} ${countOf(itemIds)} ${names}`;
  return inChunks(project, label, itemIds, (edit, chunk) => {
    let changed = 0;
    for (const name of add) changed += addTag(project.store, edit, name, chunk);
    for (const name of remove) changed += removeTag(project.store, edit, name, chunk);
    return changed;
  });
}
