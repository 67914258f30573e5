/** What makes the random numbers of one training step; absent outside of training. */
export interface DropoutContext {
  readonly seed: number;
}

let current: DropoutContext | null = null;

/**
 * Runs `body` as part of a training step. Forward and backward of a step run
 * under the same seed, so a recomputed layer drops the same elements again.
 */
export function withDropout<T>(context: DropoutContext | null, body: () => T): T {
  const previous = current;
  current = context;
  try {
    return body();
  } finally {
    current = previous;
  }
}

export function dropoutContext(): DropoutContext | null {
  return current;
}
