import type { Settings, SystemFacts } from '../../src-main/ipc/contract/settings.ts';
import { client } from '../api/client.ts';

/** How often free memory is looked at: seldom, for it is shown in a corner. */
const everyMs = 15_000;

/** The machine that the core runs on. */
class Machine {
  facts: SystemFacts | undefined = $state.raw();
  /** What models shall be computed on; its name is known once one is. */
  device: Settings['device'] = $state('auto');

  constructor() {
    client.onConnection((isConnected) => {
      if (!isConnected) return;
      void this.#read();
      void this.#readDevice();
    });
    client.on('settings.changed', ({ device }) => (this.device = device));
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

  async #readDevice(): Promise<void> {
    try {
      this.device = (await client.call('settings.read', {})).device;
    } catch {
      // The settings' own screen says why.
      this.device = 'auto';
    }
  }
}

export const machine = new Machine();
