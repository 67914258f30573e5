import { inDeviceTurn } from '../session/device-turn.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { inspectAdapter } from './adapter-summary.ts';
import type { AdapterSummary } from './adapter-summary.ts';
import { inspectModel } from './inspect.ts';
import type { ModelSummary } from './inspect.ts';

export interface InspectInput {
  readonly dir: string;
  /** An adapter to put on the model. */
  readonly adapter?: string | null;
}

export interface InspectOutput extends ModelSummary {
  readonly adapter: AdapterSummary | null;
}

/** What a model folder holds, and an adapter on it; see inspectModel. */
export function inspectTask(
  { dir, adapter = null }: InspectInput,
  { signal }: TaskContext<never>,
): Promise<InspectOutput> {
  return inDeviceTurn(signal, 'The inspection', async () => ({
    ...(await inspectModel(dir)),
    adapter: adapter === null ? null : await inspectAdapter(dir, adapter),
  }));
}
