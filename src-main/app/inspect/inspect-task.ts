import type { TaskContext } from '../workers/worker-client.ts';
import { inspectModel } from './inspect.ts';
import type { ModelSummary } from './inspect.ts';

/** What a model folder holds; see inspectModel. */
export function inspectTask(
  { dir }: { readonly dir: string },
  _context: TaskContext<never>,
): Promise<ModelSummary> {
  return inspectModel(dir);
}
