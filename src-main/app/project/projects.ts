import { LensmithError } from '../../base/errors.ts';
import type { Committed } from '../../store/journal.ts';
import type { EventHub } from '../core/events.ts';
import { OpenProject } from './open-project.ts';

/** Beyond, a change says only that it was a large one. */
const listedItems = 500;

export interface ProjectListener {
  onOpened?(project: OpenProject): void;
  onClosing?(project: OpenProject): Promise<void>;
}

/** The one project that is open, and the change from one to the next. */
export class Projects {
  readonly #events: EventHub;
  readonly #now: () => number;
  readonly #listeners: ProjectListener[] = [];
  #current: OpenProject | null = null;
  /** One opening or closing at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(events: EventHub, now: () => number) {
    this.#events = events;
    this.#now = now;
  }

  /** @throws project/none-open */
  get current(): OpenProject {
    if (this.#current !== null) return this.#current;
    throw new LensmithError('project/none-open', 'No project is open.', {
      hint: 'Open a project, or make a new one.',
    });
  }

  get currentOrNull(): OpenProject | null {
    return this.#current;
  }

  follow(listener: ProjectListener): void {
    this.#listeners.push(listener);
  }

  create(folder: string, name: string): Promise<OpenProject> {
    return this.#switch(() => OpenProject.create(folder, name, this.#storeOptions));
  }

  /** The project that was open before stays so when this one cannot be opened. */
  open(folder: string): Promise<OpenProject> {
    return this.#switch(async () => {
      // Its file can only be open once.
      if (this.#current?.folder === OpenProject.folderOf(folder)) return this.#current;
      return OpenProject.open(folder, this.#storeOptions);
    });
  }

  async close(): Promise<void> {
    await this.#inTurn(() => this.#leave());
    this.#events.emit('project.opened', null);
  }

  #switch(enter: () => Promise<OpenProject>): Promise<OpenProject> {
    return this.#inTurn(async () => {
      const next = await enter();
      if (next === this.#current) return next;
      if (this.#current !== null) await this.#leave();
      this.#current = next;
      for (const listener of this.#listeners) listener.onOpened?.(next);
      this.#events.emit('project.opened', next.summary);
      return next;
    });
  }

  async #leave(): Promise<void> {
    const project = this.#current;
    if (project === null) return;
    for (const listener of this.#listeners) await listener.onClosing?.(project);
    this.#current = null;
    project[Symbol.dispose]();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work, work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }

  get #storeOptions() {
    return {
      now: this.#now,
      onCommitted: (committed: Committed, itemIds: readonly number[]): void => {
        const isMany = itemIds.length > listedItems;
        this.#events.emit('project.changed', {
          scope: committed.scope,
          label: committed.label,
          cause: committed.cause,
          tables: [...new Set(committed.changes.map(({ table }) => table))],
          itemIds: isMany ? [] : [...itemIds],
          isMany,
        });
      },
    };
  }
}
