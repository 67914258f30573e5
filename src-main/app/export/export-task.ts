import type { DeviceOptions } from '../../tensor/device.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { runExport } from './export.ts';
import type { ExportOutcome, ExportRequest } from './export.ts';

export type ExportInput = Omit<ExportRequest, keyof DeviceOptions | 'signal' | 'onStage'>;

/** Writes an adapter or a merged model and proves it; see runExport. */
export function exportTask(
  request: ExportInput,
  { signal, report }: TaskContext<{ readonly note: string }>,
): Promise<ExportOutcome> {
  return inDeviceTurn(signal, 'The export', () =>
    runExport({ ...request, signal, onStage: (note) => report({ note }) }),
  );
}
