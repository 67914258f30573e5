import type { Settings } from '../../src-main/ipc/contract/settings.ts';
import { client, errorWireOf } from '../api/client.ts';
import { shortcuts } from '../ui/keyboard.ts';
import { language } from '../ui/language.svelte.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { theme } from './theme.svelte.ts';

type Preferred = Pick<Settings, 'theme' | 'language' | 'keys'>;

/**
 * How the person wants windows to look, speak and listen. The core keeps it, since the address of a
 * headless host changes and the browser's memory with it; theme and language are remembered by the page
 * too, which spares it a flash in the wrong ones.
 */
class Preferences {
  /** Keys that the person chose, by act. */
  keys: Settings['keys'] = $state.raw({});

  constructor() {
    client.on('settings.changed', (settings) => this.#apply(settings));
    client.onConnection((isConnected) => {
      if (isConnected) void this.#read();
    });
  }

  /** Follows at once, and is kept. */
  async choose(part: Partial<Preferred>): Promise<void> {
    this.#apply({ theme: theme.choice, language: language.choice, keys: this.keys, ...part });
    try {
      await client.call('settings.write', part);
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
      await this.#read();
    }
  }

  #apply(wanted: Preferred): void {
    if (theme.choice !== wanted.theme) theme.choice = wanted.theme;
    if (language.choice !== wanted.language) language.choice = wanted.language;
    this.keys = wanted.keys;
    shortcuts.bind(wanted.keys);
  }

  async #read(): Promise<void> {
    try {
      this.#apply(await client.call('settings.read', {}));
    } catch {
      // The settings' own screen says why; the window goes on as it is.
      return;
    }
  }
}

export const preferences = new Preferences();
