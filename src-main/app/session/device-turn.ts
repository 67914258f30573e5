/**
 * One at a time on the device of this process. Cancelling drops all work that is queued there, so a
 * second answer must not be at work beside the one that is stopped.
 */
import { cancelledError } from '../../base/errors.ts';

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `work` when those before it have ended.
 * @param what as the error names it
 * @throws job/cancelled at once when the signal is aborted while it waits, and what `work` throws
 */
export function inDeviceTurn<T>(
  signal: AbortSignal,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const leave = (): void => reject(cancelledError(what));
    if (signal.aborted) return leave();
    signal.addEventListener('abort', leave, { once: true });
    last = last.then(async () => {
      signal.removeEventListener('abort', leave);
      if (signal.aborted) return;
      await work().then(resolve, reject);
    });
  });
}
