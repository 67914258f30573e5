/** What is kept open for the next question, and its end. */
import type { ModelRef } from '../../ipc/contract/content.ts';
import { cardName } from '../../tensor/device.ts';
import { weightBytes } from '../../training/memory-plan.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { sessions } from './generate-task.ts';

export interface OpenModel {
  readonly model: ModelRef;
  /** Of its weights. */
  readonly sizeBytes: number;
  /** `cpu`, or the name of a graphics card. */
  readonly device: string;
}

/** Answers while others are at work: it waits for no turn. */
export function openModelsTask(_: object): Promise<OpenModel[]> {
  const models = [...sessions.open].map(({ model, session }) => ({
    model,
    sizeBytes: weightBytes(session.loaded),
    device: cardName() ?? 'cpu',
  }));
  return Promise.resolve(models);
}

/** Lets go of all models, so that their files can be deleted. */
export function closeModelsTask(_: object, { signal }: TaskContext<never>): Promise<void> {
  return inDeviceTurn(signal, 'Closing the models', async () => sessions[Symbol.dispose]());
}
