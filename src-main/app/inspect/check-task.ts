import { inDeviceTurn } from '../session/device-turn.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { checkFolder } from './check-folder.ts';
import type { FolderFindings } from './check-folder.ts';

export interface CheckFolderInput {
  readonly dir: string;
  readonly baseDir: string | null;
}

/** What is in a folder and what is wrong with it; see checkFolder. */
export function checkFolderTask(
  { dir, baseDir }: CheckFolderInput,
  { signal }: TaskContext<never>,
): Promise<FolderFindings> {
  return inDeviceTurn(signal, 'The check', async () => {
    return checkFolder(dir, baseDir);
  });
}
