/** Copies that an import made and that nothing leads to any more, once it was taken back for good. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { copiedPaths, mentionedCopies } from '../../store/item-files.ts';
import type { OpenProject } from '../project/open-project.ts';
import { copyFolder, copyName, dropFile } from './media-store.ts';

/**
 * Removes copies that no item has and that no undo or redo would bring back. Only files that bear the
 * names the project gives them; nothing else in its folder is touched. To be called while no import runs.
 * @returns how many were removed
 */
export async function sweepCopies(project: OpenProject): Promise<number> {
  const unused = new Map<string, string>();
  const used = copiedPaths(project.store);
  for (const folder of await names(project.mediaDir)) {
    if (!copyFolder.test(folder)) continue;
    for (const name of await names(join(project.mediaDir, folder))) {
      const stored = `media/${folder}/${name}`;
      if (!copyName.test(name) || !name.startsWith(folder) || used.has(stored)) continue;
      unused.set(stored, join(project.mediaDir, folder, name));
    }
  }
  if (unused.size === 0) return 0;
  for (const mentioned of mentionedCopies(project.store)) {
    for (const path of mentioned) unused.delete(path);
    await setImmediate();
  }
  for (const path of unused.values()) await dropFile(path);
  return unused.size;
}

/** A folder that is not there is empty. */
function names(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
