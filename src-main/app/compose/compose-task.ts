import type { AssembleRequest, Composition } from '../../ipc/contract/assemble.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { checkComposition } from './check-composition.ts';
import { compose } from './compose.ts';
import type { ComposeOutcome } from './compose.ts';
import type { ComposeRequest } from './plan-composition.ts';

export type ComposeInput = Omit<ComposeRequest, keyof DeviceOptions | 'signal' | 'onStage'>;

/** Assembles a model and opens it again; see compose. */
export function composeTask(
  request: ComposeInput,
  { signal, report }: TaskContext<{ readonly note: string }>,
): Promise<ComposeOutcome> {
  return inDeviceTurn(signal, 'Assembling the model', () =>
    compose({ ...request, signal, onStage: (note) => report({ note }) }),
  );
}

/** What would come of it; see checkComposition. */
export function checkCompositionTask(
  request: AssembleRequest,
  { signal }: TaskContext<never>,
): Promise<Composition> {
  return inDeviceTurn(signal, 'The check', () => checkComposition(request));
}
