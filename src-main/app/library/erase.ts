/** Deleting for good. */
import { rm } from 'node:fs/promises';
import { eraseItems } from '../../store/erase-items.ts';
import type { ErasedItem } from '../../store/erase-items.ts';
import { isFileUsed } from '../../store/item-files.ts';
import { indexOf } from '../../store/item-list.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';
import { thumbnailFile, thumbnailHeights } from './cache-files.ts';
import { dropFile, isKept, itemPath } from './media-store.ts';

const chunkItems = 500;

/** Only copies that the app made are removed from the disk; originals never. */
export async function erase(
  { events }: AppContext,
  project: OpenProject,
  itemIds: readonly number[],
): Promise<{ changed: number; deletedFiles: number }> {
  let changed = 0;
  let deletedFiles = 0;
  for (let at = 0; at < itemIds.length; at += chunkItems) {
    const erased = eraseItems(project.store, itemIds.slice(at, at + chunkItems));
    indexOf(project.store).doubt(
      erased.map(({ id }) => id),
      false,
    );
    changed += erased.length;
    for (const item of erased) if (await removeFiles(project, item)) deletedFiles += 1;
  }
  events.emit('project.changed', {
    scope: 'library',
    label: 'Delete for good',
    cause: 'edit',
    tables: ['items', 'item_tags', 'shapes', 'segments', 'samples', 'sample_items', 'turns'],
    itemIds: [],
    isMany: true,
  });
  return { changed, deletedFiles };
}

async function removeFiles(project: OpenProject, item: ErasedItem): Promise<boolean> {
  for (const height of thumbnailHeights) {
    await rm(thumbnailFile(project.cacheDir, item.hash, height), { force: true });
  }
  const path = itemPath(project, item);
  if (!item.isCopied || !isKept(project, path) || isFileUsed(project.store, item.path)) {
    return false;
  }
  await dropFile(path);
  return true;
}
