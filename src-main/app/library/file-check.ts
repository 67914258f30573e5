/** Which files are where the library says, looked at in the background. */
import { stat } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { countItems, indexOf } from '../../store/item-list.ts';
import { itemFilesAfter, itemFilesOf, markMissing } from '../../store/item-files.ts';
import type { ItemFile } from '../../store/item-files.ts';
import type { AppContext } from '../core/context.ts';
import type { OpenProject } from '../project/open-project.ts';
import { itemPath } from './media-store.ts';

const chunkItems = 256;

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    // A folder that may not be read says nothing of its files.
    return !['ENOENT', 'ENOTDIR', 'ENAMETOOLONG'].includes(
      (error as NodeJS.ErrnoException).code ?? '',
    );
  }
}

/** @returns how many items changed their state */
async function check(
  { projects }: AppContext,
  project: OpenProject,
  files: readonly ItemFile[],
): Promise<number> {
  const found = await Promise.all(files.map((file) => isThere(itemPath(project, file))));
  if (projects.currentOrNull !== project) return 0;
  const changed = files.filter((file, at) => file.isMissing === found[at]);
  for (const isMissing of [true, false]) {
    const ids = changed.filter((file) => file.isMissing !== isMissing).map(({ id }) => id);
    if (ids.length > 0) markMissing(project.store, ids, isMissing);
    indexOf(project.store).doubt(ids, false);
  }
  return changed.length;
}

function tell({ events, projects }: AppContext, project: OpenProject): void {
  if (projects.currentOrNull !== project) return;
  events.emit('library.filesChanged', { missing: countItems(indexOf(project.store)).missing });
}

/**
 * Looks at the files of all items.
 * @param isUnasked nobody waits for it: it rests as long as it works, so that questions come first
 */
export async function checkAllFiles(
  context: AppContext,
  project: OpenProject,
  isUnasked = false,
): Promise<void> {
  let changed = 0;
  let after = 0;
  while (context.projects.currentOrNull === project) {
    const startMs = performance.now();
    const files = itemFilesAfter(project.store, after, chunkItems);
    const last = files.at(-1);
    if (last === undefined) break;
    changed += await check(context, project, files);
    after = last.id;
    if (isUnasked) await pause(performance.now() - startMs);
  }
  if (changed > 0) tell(context, project);
}

export async function checkFiles(
  context: AppContext,
  project: OpenProject,
  itemIds: readonly number[],
): Promise<void> {
  const changed = await check(context, project, itemFilesOf(project.store, itemIds));
  if (changed > 0) tell(context, project);
}
