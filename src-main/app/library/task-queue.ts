/**
 * Work that a scrolling window asks for faster than it can be done: the newest first, since that is what
 * is on the screen, and nothing that nobody waits for any more.
 */
import { cancelledError } from '../../base/errors.ts';

interface Entry<T> {
  readonly key: string;
  readonly run: (signal: AbortSignal) => Promise<T>;
  readonly controller: AbortController;
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: unknown) => void;
  waiting: number;
}

export class TaskQueue<T> {
  readonly #limit: number;
  readonly #entries = new Map<string, Entry<T>>();
  /** The newest last. */
  #queued: Entry<T>[] = [];
  #running = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * @param key the same work for the same key: those that ask meanwhile share it
   * @param signal aborted when the asker has gone; work that all have left is dropped or cancelled
   * @throws job/cancelled, and what `run` throws
   */
  async run(
    key: string,
    run: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    if (signal.aborted) throw cancelledError(key);
    const entry = this.#entries.get(key) ?? this.#enter(key, run);
    entry.waiting += 1;
    this.#startNext();
    let leave: (() => void) | undefined;
    const gone = new Promise<never>((_, reject) => {
      leave = () => reject(cancelledError(key));
      signal.addEventListener('abort', leave, { once: true });
    });
    try {
      return await Promise.race([entry.promise, gone]);
    } finally {
      if (leave !== undefined) signal.removeEventListener('abort', leave);
      entry.waiting -= 1;
      if (entry.waiting === 0) this.#drop(entry);
    }
  }

  #enter(key: string, run: (signal: AbortSignal) => Promise<T>): Entry<T> {
    const { promise, resolve, reject } = promiseParts<T>();
    promise.catch(() => undefined); // those who asked may all have gone
    const entry: Entry<T> = {
      ...{ key, run, promise, resolve, reject },
      controller: new AbortController(),
      waiting: 0,
    };
    this.#entries.set(key, entry);
    this.#queued.push(entry);
    return entry;
  }

  #drop(entry: Entry<T>): void {
    if (this.#entries.get(entry.key) !== entry) return;
    this.#entries.delete(entry.key);
    this.#queued = this.#queued.filter((one) => one !== entry);
    entry.controller.abort();
  }

  #startNext(): void {
    while (this.#running < this.#limit) {
      const entry = this.#queued.pop();
      if (entry === undefined) return;
      this.#running += 1;
      entry
        .run(entry.controller.signal)
        .then(entry.resolve, entry.reject)
        .finally(() => {
          this.#running -= 1;
          if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
          this.#startNext();
        })
        .catch(() => undefined);
    }
  }
}

/** As Promise.withResolvers, which Node 20 lacks. */
function promiseParts<T>() {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
