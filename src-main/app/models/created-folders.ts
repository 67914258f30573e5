/** Folders that this program wrote on its own, and their end: nothing else is ever deleted. */
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import { writeError } from '../../base/atomic-file.ts';
import type { CreatedFolder } from '../../ipc/contract/models.ts';
import { folderName } from './folder-name.ts';
import type { ModelRegistry } from './model-registry.ts';

/** Remembers what stands in a folder that was just written. */
export async function keepCreated(
  registry: ModelRegistry,
  dir: string,
  atMs: number,
): Promise<void> {
  await registry.setCreated(dir, { files: (await readdir(dir)).sort(), atMs });
}

/** @throws models/not-ours */
export async function createdFolder(registry: ModelRegistry, dir: string): Promise<CreatedFolder> {
  const record = (await registry.read()).created[dir];
  if (record === undefined) {
    throw new LensmithError('models/not-ours', `${folderName(dir)} was not made by Lensmith.`, {
      got: dir,
      hint: 'Take it off the list; delete its files where you keep them.',
    });
  }
  const names = await readdir(dir).catch((): string[] => []);
  const files = names.filter((name) => record.files.includes(name)).sort();
  const sizes = await Promise.all(files.map(async (name) => (await stat(join(dir, name))).size));
  return {
    dir,
    files,
    sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
    others: names.filter((name) => !record.files.includes(name)).sort(),
  };
}

/**
 * Deletes the files that were written there, and the folder when nothing else lies in it.
 * @throws models/not-ours, io/not-writable
 */
export async function deleteCreated(registry: ModelRegistry, dir: string): Promise<void> {
  const { files, others } = await createdFolder(registry, dir);
  try {
    for (const name of files) await rm(join(dir, name));
    if (others.length === 0) await rmdir(dir);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw writeError(error, dir);
  }
  await registry.remove(dir);
  await registry.dropCreated(dir);
}
