import type { Settings, SystemFacts } from '../../src-main/ipc/contract/settings.ts';
import { client } from '../api/client.ts';

/** How often free memory is looked at: seldom, for it is shown in a corner. */
const everyMs = 15_000;

/** A new window has more urgent things to ask first: this starts the process that computes. */
const cardAfterMs = 1_500;

/** The machine that the core runs on. */
class Machine {
  facts: SystemFacts | undefined = $state.raw();
  /** What models shall be computed on. */
  device: Settings['device'] = $state('auto');
  /** The graphics device that this comes to, as people call it; null: the processor, or not known. */
  card: string | null = $state(null);
  #cardTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    client.onConnection((isConnected) => {
      if (!isConnected) return;
      void this.#read();
      void this.#readDevice();
    });
    client.on('settings.changed', ({ device }) => {
      if (device !== this.device) this.#setDevice(device);
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

  async #readDevice(): Promise<void> {
    try {
      this.#setDevice((await client.call('settings.read', {})).device);
    } catch {
      // The settings' own screen says why.
      this.#setDevice('auto');
    }
  }

  #setDevice(device: Settings['device']): void {
    this.device = device;
    this.card = null;
    clearTimeout(this.#cardTimer);
    this.#cardTimer = setTimeout(() => void this.#readCard(device), cardAfterMs);
  }

  async #readCard(device: Settings['device']): Promise<void> {
    let card = null;
    try {
      card = await client.call('settings.card', {});
    } catch {
      // The bar goes without; where a model is opened the same error is told.
    }
    if (device === this.device) this.card = card;
  }
}

export const machine = new Machine();
