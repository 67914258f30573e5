/**
 * When pictures of the grid begin. Each one costs a request, a decoding and a drawing; begun all at
 * once they keep the frames of a scroll waiting. So only few are on their way at a time: as fast as the
 * machine is, and no faster.
 */

/** Without a scroll for so long the grid rests. */
const restMs = 120;
/** Pictures on their way at rest: as many as a browser asks one host for at once. */
const mostAtRest = 6;
/** Pictures on their way while the grid scrolls, and that begin in one frame. */
const mostScrolling = 3;
const mostInFrame = 2;
/** After a frame that took longer none begins. */
const slowFrameMs = 25;

export interface TurnOptions<T> {
  /** Those whose picture may begin, the most wanted first. */
  readonly waiting: () => readonly T[];
  readonly begin: (one: T) => void;
}

export class PictureTurns<T> {
  readonly #options: TurnOptions<T>;
  /** Begun, and not ended. */
  readonly #begun = new Set<T>();
  #scrolledMs = -Infinity;
  #frame: number | undefined;
  /** When the last frame was, while frames are asked for one after another. */
  #frameMs: number | undefined;

  constructor(options: TurnOptions<T>) {
    this.#options = options;
  }

  scrolled(): void {
    this.#scrolledMs = performance.now();
  }

  /** To be called when something waits that did not wait before. */
  beginSoon(): void {
    this.#frame ??= requestAnimationFrame(this.#take);
  }

  /** Its picture is there, will not come, or is wanted no more. */
  ended(one: T): void {
    this.#begun.delete(one);
  }

  /** Forgets all that are not among these. */
  keep(these: Iterable<T>): void {
    const kept = new Set(these);
    for (const one of this.#begun) if (!kept.has(one)) this.#begun.delete(one);
  }

  close(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  readonly #take = (atMs: number): void => {
    const tookMs = atMs - (this.#frameMs ?? atMs);
    const waiting = this.#options.waiting();
    const taken = waiting.slice(0, Math.max(0, this.#room(tookMs)));
    for (const one of taken) {
      this.#begun.add(one);
      this.#options.begin(one);
    }
    const isOver = taken.length === waiting.length;
    this.#frameMs = isOver ? undefined : atMs;
    this.#frame = isOver ? undefined : requestAnimationFrame(this.#take);
  };

  #room(tookMs: number): number {
    const begun = this.#begun.size;
    if (performance.now() - this.#scrolledMs >= restMs) return mostAtRest - begun;
    return tookMs > slowFrameMs ? 0 : Math.min(mostInFrame, mostScrolling - begun);
  }
}
