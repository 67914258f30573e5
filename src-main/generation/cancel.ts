import { cancelledError } from '../base/errors.ts';
import { cancelQueuedWork, synchronize } from '../tensor/device.ts';

/**
 * Runs `body`; when the signal is aborted meanwhile, work queued on the device
 * is dropped, so that what waits for it ends within a kernel.
 * @param what as the error names it: `Generation`
 * @throws job/cancelled once the signal is aborted, whatever `body` threw then
 */
export async function cancellable<T>(
  signal: AbortSignal | undefined,
  what: string,
  body: () => Promise<T>,
): Promise<T> {
  if (signal === undefined) return body();
  if (signal.aborted) throw cancelledError(what);
  signal.addEventListener('abort', cancelQueuedWork);
  try {
    return await body();
  } catch (error) {
    throw signal.aborted ? cancelledError(what) : error;
  } finally {
    signal.removeEventListener('abort', cancelQueuedWork);
    // A cancelled device reports it once; nobody else shall meet that report.
    if (signal.aborted) await synchronize().catch(() => undefined);
  }
}
