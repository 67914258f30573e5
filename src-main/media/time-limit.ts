import { LensmithError, cancelledError, throwIfCancelled } from '../base/errors.ts';

export interface TimeLimit {
  /** What takes the time, for errors: "Decoding photo.png". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export function tooSlow({ what, timeoutMs }: TimeLimit): LensmithError {
  return new LensmithError('media/timeout', `${what} took too long.`, {
    expected: `an end within ${timeoutMs / 1000} s`,
    hint: 'The file may be damaged; if it is only large, allow more time.',
  });
}

/**
 * Settles at the latest when the time is up or the signal fires, whatever `work` does: code in
 * libraries cannot be stopped from here, but nobody has to wait for it.
 * @throws media/timeout, job/cancelled, what `work` throws
 */
export async function withinTime<T>(limit: TimeLimit, work: () => Promise<T>): Promise<T> {
  const { what, timeoutMs, signal } = limit;
  throwIfCancelled(signal, what);
  let give: (error: LensmithError) => void = () => {};
  const ended = new Promise<never>((_, reject) => (give = reject));
  const timer = setTimeout(() => give(tooSlow(limit)), timeoutMs);
  const onAbort = () => give(cancelledError(what));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(), ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}
