/** What a media worker does. Only the worker imports this file for more than its type. */
import { hashFile } from '../../media/hash.ts';
import { assistTask, checkAssistantTask } from '../assist/assist-task.ts';
import { inspectFileTask } from '../library/inspect-file-task.ts';
import { nearDuplicatesTask } from '../library/near-duplicates-task.ts';
import { previewTask } from '../library/preview-task.ts';
import { thumbnailTask } from '../library/thumbnail-task.ts';
import type { TaskContext } from './worker-client.ts';

export const mediaTasks = {
  assist: assistTask,
  checkAssistant: checkAssistantTask,
  hash: ({ path }: { readonly path: string }, { signal }: TaskContext<never>): Promise<string> =>
    hashFile(path, signal),
  inspectFile: inspectFileTask,
  nearDuplicates: nearDuplicatesTask,
  preview: previewTask,
  thumbnail: thumbnailTask,
};

export type MediaTasks = typeof mediaTasks;
