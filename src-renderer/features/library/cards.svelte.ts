import type { ItemCard } from '../../../src-main/ipc/contract/library.ts';
import { client } from '../../api/client.ts';
import { texts } from './texts/index.ts';

/** Beyond these the oldest are forgotten; a screen shows some hundred. */
const mostKept = 4000;
/** A scroll asks many times before it rests: only for what is in sight then. */
const gatherMs = 30;

/** Facts of items in sight, asked for by the window and kept until they change. */
class Cards {
  readonly #cards = new Map<number, ItemCard>();
  /** Those that changed meanwhile: shown as they were until the answer comes. */
  readonly #stale = new Set<number>();
  readonly #problems = new Map<number, string>();
  #wanted: Iterable<number> = [];
  #ahead: Iterable<number> = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #version: number = $state(0);
  /** Numbers of items mean others in another project. */
  #project = 0;

  constructor() {
    client.on('project.opened', () => this.#forget());
    client.on('project.changed', ({ itemIds, isMany }) => this.#doubt(isMany ? null : itemIds));
    client.on('library.filesChanged', () => this.#doubt(null));
  }

  get(id: number): ItemCard | undefined {
    void this.#version;
    return this.#cards.get(id);
  }

  /** As get, for who need not hear of changes. */
  peek(id: number): ItemCard | undefined {
    return this.#cards.get(id);
  }

  /** Goes up when something is known that was not. */
  get version(): number {
    return this.#version;
  }

  /** Why the picture of an item cannot be shown. */
  problem(id: number): string | undefined {
    void this.#version;
    return this.#problems.get(id);
  }

  /**
   * Says what is in sight now, and what may soon be: once something in sight is unknown, all of it is
   * asked for together.
   */
  want(ids: Iterable<number>, ahead: Iterable<number> = ids): void {
    this.#wanted = ids;
    this.#ahead = ahead;
    if (this.#timer === undefined) this.#timer = setTimeout(() => void this.#ask(), gatherMs);
  }

  /** A thumbnail did not come: the core says why. */
  async explain(id: number, url: string): Promise<void> {
    const answer = await fetch(url).catch(() => undefined);
    if (answer === undefined || answer.ok) return;
    const { message } = (await answer.json().catch(() => ({}))) as { readonly message?: string };
    this.#problems.set(id, message ?? texts().cannotBeShown);
    this.#version += 1;
  }

  async #ask(): Promise<void> {
    this.#timer = undefined;
    const isUnknown = (id: number): boolean => !this.#cards.has(id) || this.#stale.has(id);
    if (![...this.#wanted].some(isUnknown)) return;
    const itemIds = [...this.#ahead].filter(isUnknown);
    for (const id of itemIds) this.#stale.delete(id);
    const project = this.#project;
    try {
      const answer = await client.call('library.cards', { itemIds });
      if (project !== this.#project) return;
      for (const card of answer) {
        this.#cards.delete(card.id);
        this.#cards.set(card.id, card);
      }
    } catch {
      // The connection bar says that the core is gone; what is in sight is asked for again.
      for (const id of itemIds) this.#stale.add(id);
    }
    for (const id of this.#cards.keys()) {
      if (this.#cards.size <= mostKept) break;
      this.#cards.delete(id);
    }
    this.#version += 1;
  }

  #doubt(ids: readonly number[] | null): void {
    for (const id of ids ?? this.#cards.keys()) {
      this.#stale.add(id);
      this.#problems.delete(id);
    }
    this.want(this.#wanted, this.#ahead);
  }

  #forget(): void {
    this.#project += 1;
    this.#cards.clear();
    this.#stale.clear();
    this.#problems.clear();
    this.#wanted = [];
    this.#ahead = [];
    this.#version += 1;
  }
}

export const cards = new Cards();
