import type { DeviceOptions } from '../../tensor/device.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { quantizeModel } from './quantize.ts';
import type { QuantizeOutcome, QuantizeRequest } from './quantize.ts';

export type QuantizeInput = Omit<QuantizeRequest, keyof DeviceOptions | 'signal' | 'onStage'>;

/** Writes a model in few bits and proves it; see quantizeModel. */
export function quantizeTask(
  request: QuantizeInput,
  { signal, report }: TaskContext<{ readonly note: string }>,
): Promise<QuantizeOutcome> {
  return inDeviceTurn(signal, 'Quantising', () =>
    quantizeModel({ ...request, signal, onStage: (note) => report({ note }) }),
  );
}
