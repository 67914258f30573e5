/** What a media worker does. Only the worker imports this file for more than its type. */
import { hashFile } from '../../media/hash.ts';
import type { TaskContext } from './worker-client.ts';

export const mediaTasks = {
  hash: ({ path }: { readonly path: string }, { signal }: TaskContext<never>): Promise<string> =>
    hashFile(path, signal),
};

export type MediaTasks = typeof mediaTasks;
