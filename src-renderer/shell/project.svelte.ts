import type { PayloadOf } from '../../src-main/ipc/contract/index.ts';
import type { Project, RecentProject } from '../../src-main/ipc/contract/project.ts';
import type { ErrorWire } from '../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf } from '../api/client.ts';
import { coreWords } from '../core-words/core-words.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

/** The open project, and the ways to another. */
class ProjectStore {
  /** undefined until the core said; null: none is open. */
  current: Project | null | undefined = $state.raw();
  recent: readonly RecentProject[] = $state.raw([]);
  /** Why the last try to open or make one failed. */
  problem: ErrorWire | null = $state.raw(null);
  isBusy: boolean = $state(false);
  #last: Pick<PayloadOf<'project.changed'>, 'label' | 'cause'> | null = $state.raw(null);

  constructor() {
    client.on('project.opened', (project) => this.#show(project));
    client.on('project.changed', ({ label, cause }) => {
      this.#last = { label, cause };
      void this.#read();
    });
    client.onConnection((isConnected) => {
      if (isConnected) void this.refresh();
    });
  }

  /** What the last edit was, in words, for the status bar. */
  get lastEdit(): string {
    if (this.#last === null) return '';
    const label = coreWords(this.#last.label);
    return this.#last.cause === 'edit' ? label : texts().did[this.#last.cause](label);
  }

  async refresh(): Promise<void> {
    await Promise.all([this.#read(), this.#readRecent()]);
  }

  open(folder: string): Promise<boolean> {
    return this.#attempt(() => client.call('project.open', { folder }));
  }

  openSample(): Promise<boolean> {
    return this.#attempt(() => client.call('project.openSample', {}));
  }

  create(folder: string, name: string): Promise<boolean> {
    return this.#attempt(() => client.call('project.create', { folder, name }));
  }

  async close(): Promise<void> {
    await this.#attempt(() => client.call('project.close', {}));
  }

  async rename(name: string): Promise<void> {
    await this.#attempt(async () => {
      const renamed = await client.call('project.rename', { name });
      this.current = renamed;
    });
  }

  /** Takes a project off the list of recent ones; its folder stays. */
  async forget(folder: string): Promise<void> {
    await this.#attempt(() => client.call('project.forget', { folder }));
    await this.#readRecent();
  }

  async #attempt(act: () => Promise<unknown>): Promise<boolean> {
    this.isBusy = true;
    this.problem = null;
    try {
      await act();
      return true;
    } catch (thrown) {
      this.problem = errorWireOf(thrown);
      // The start screen shows it in full; elsewhere a line must do.
      if (this.current) toasts.show(this.problem.message, { tone: 'error' });
      return false;
    } finally {
      this.isBusy = false;
    }
  }

  #show(project: Project | null): void {
    this.current = project;
    this.problem = null;
    this.#last = null;
    void this.#readRecent();
  }

  async #read(): Promise<void> {
    try {
      this.current = await client.call('project.current', {});
    } catch (thrown) {
      this.problem = errorWireOf(thrown);
    }
  }

  async #readRecent(): Promise<void> {
    try {
      this.recent = await client.call('project.recent', {});
    } catch (thrown) {
      this.problem = errorWireOf(thrown);
    }
  }
}

export const projects = new ProjectStore();
