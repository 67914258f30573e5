/** Long work in the core, done in pieces: whoever waits for an answer gets one in between. */

/** Others wait at most about this long. */
const stretchMs = 12;

export class Breather {
  #sinceMs = performance.now();

  /** It has gone on for long enough: `await rest()` now. Asked often, so that few promises are made. */
  get isDue(): boolean {
    return performance.now() - this.#sinceMs > stretchMs;
  }

  async rest(): Promise<void> {
    await new Promise(setImmediate);
    this.#sinceMs = performance.now();
  }
}
