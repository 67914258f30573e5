import type { EventName, PayloadOf } from '../../ipc/contract/index.ts';

type Listener = (event: EventName, payload: unknown) => void;

/** What the core tells all windows. */
export class EventHub {
  readonly #listeners = new Set<Listener>();

  emit<E extends EventName>(event: E, payload: PayloadOf<E>): void {
    for (const listener of this.#listeners) listener(event, payload);
  }

  /** @returns the way to stop */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
