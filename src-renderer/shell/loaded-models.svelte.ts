import type { LoadedModelFacts } from '../../src-main/ipc/contract/models.ts';
import { client } from '../api/client.ts';

/** A model gives its memory back by itself when nobody asks it: looked at seldom. */
const everyMs = 15_000;

/** The models that the engine holds in memory, the latest used last. */
class LoadedModels {
  list: readonly LoadedModelFacts[] = $state.raw([]);
  #isReading = false;

  constructor() {
    const read = (): void => void this.#read();
    client.onConnection((isConnected) => isConnected && read());
    // An answer begins or ends; a folder went.
    client.on('chat.changed', read);
    client.on('models.changed', read);
    setInterval(() => !document.hidden && read(), everyMs);
  }

  async #read(): Promise<void> {
    if (this.#isReading || !client.isConnected) return;
    this.#isReading = true;
    try {
      this.list = await client.call('models.loaded', {});
    } catch {
      this.list = [];
    } finally {
      this.#isReading = false;
    }
  }
}

export const loadedModels = new LoadedModels();
