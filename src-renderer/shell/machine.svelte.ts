import type { SystemFacts } from '../../src-main/ipc/contract/settings.ts';
import { client } from '../api/client.ts';

/** How often free memory is looked at: seldom, for it is shown in a corner. */
const everyMs = 15_000;

/** The machine that the core runs on. */
class Machine {
  facts: SystemFacts | undefined = $state.raw();

  constructor() {
    client.onConnection((isConnected) => {
      if (isConnected) void this.#read();
    });
    setInterval(() => {
      if (client.isConnected && !document.hidden) void this.#read();
    }, everyMs);
  }

  async #read(): Promise<void> {
    try {
      this.facts = await client.call('settings.system', {});
    } catch {
      // The bar goes without; what is wrong shows where something is done.
      this.facts = undefined;
    }
  }
}

export const machine = new Machine();
