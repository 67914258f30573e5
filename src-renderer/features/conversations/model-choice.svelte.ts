/** The model that drafts answers and whose view is shown; remembered on this machine. */
import type { Dialect, ModelRef } from '../../../src-main/ipc/contract/content.ts';
import type { ModelEntry } from '../../../src-main/ipc/contract/models.ts';
import { client } from '../../api/client.ts';
import { recall, remember } from '../../ui/remember.ts';
import { texts } from './texts/index.ts';

class ModelChoice {
  entries: readonly ModelEntry[] = $state.raw([]);
  #starter = $state('');
  #dir = $state(recall('conversations.model') ?? '');
  #dialect = $state((recall('conversations.dialect') ?? 'normalized-box') as Dialect);
  #isFollowing = false;

  /** Reads the list, and again when it changes; once for the window. */
  follow(): void {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    client.on('models.changed', () => void this.#read());
    client.onConnection((isConnected) => {
      if (isConnected) void this.#read();
    });
  }

  async #read(): Promise<void> {
    try {
      this.entries = await client.call('models.list', {});
      this.#starter = (await client.call('settings.system', {})).starterModelDir;
    } catch {
      // Without a list the starter model stands; drafting says what is wrong.
      this.entries = [];
    }
  }

  get usable(): readonly ModelEntry[] {
    return this.entries.filter(
      ({ kind, baseDir, isMissing, error }) =>
        !isMissing && error === null && (kind === 'model' || baseDir !== null),
    );
  }

  get dir(): string {
    return this.usable.some(({ dir }) => dir === this.#dir) ? this.#dir : this.#starter;
  }

  set dir(dir: string) {
    this.#dir = dir;
    remember('conversations.model', dir);
  }

  get dialect(): Dialect {
    return this.#dialect;
  }

  set dialect(dialect: Dialect) {
    this.#dialect = dialect;
    remember('conversations.dialect', dialect);
  }

  get name(): string {
    return this.usable.find(({ dir }) => dir === this.dir)?.name ?? texts().starterModel;
  }

  /** null until the list is there. */
  get model(): ModelRef | null {
    const { dir } = this;
    if (dir === '') return null;
    const entry = this.usable.find((one) => one.dir === dir);
    if (entry?.kind === 'adapter' && entry.baseDir !== null) {
      return { dir: entry.baseDir, adapter: dir };
    }
    return { dir, adapter: null };
  }
}

export const modelChoice = new ModelChoice();
