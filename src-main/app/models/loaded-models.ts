import type { LoadedModelFacts, ModelEntry } from '../../ipc/contract/models.ts';
import type { Workers } from '../core/context.ts';
import { folderName } from './folder-name.ts';

/** What the engine that answers holds in memory; a process that is not there is not started for it. */
export async function loadedModels(
  engine: Workers['engine'],
  entries: readonly ModelEntry[],
): Promise<LoadedModelFacts[]> {
  if (engine.pid === null) return [];
  // One that ends just now holds nothing.
  const open = await engine.run('openModels', {}).catch(() => []);
  return open.map(({ model, sizeBytes, device }) => {
    const dir = model.adapter ?? model.dir;
    const name = entries.find((entry) => entry.dir === dir)?.name ?? folderName(dir);
    return { model, name, sizeBytes, device };
  });
}
