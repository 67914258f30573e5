/** Items on their way into the store: written by handfuls, as one act that one undo takes back. */
import { randomUUID } from 'node:crypto';
import { markMissing } from '../../store/item-files.ts';
import { indexOf } from '../../store/item-list.ts';
import { insertItem, itemByHash } from '../../store/items.ts';
import type { ItemRow, NewItem } from '../../store/items.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { ReportBuilder } from './import-report.ts';

const mostPending = 64;
const longestWaitMs = 500;

interface Pending {
  /** As the report names it. */
  readonly path: string;
  readonly item: NewItem;
}

export class ImportBatch {
  readonly #project: OpenProject;
  readonly #report: ReportBuilder;
  readonly #label: string;
  readonly #now: () => number;
  readonly #act = randomUUID();
  #pending: Pending[] = [];
  #lastFlushMs: number;
  /** Contents that are being brought in, and files that turned out to have the same. */
  readonly #reserved = new Map<string, string[]>();

  constructor(project: OpenProject, report: ReportBuilder, label: string, now: () => number) {
    this.#project = project;
    this.#report = report;
    this.#label = label;
    this.#now = now;
    this.#lastFlushMs = now();
  }

  /**
   * Asks to bring in these contents. @returns false where another file of this import already does:
   * the report then says so once that one is in.
   */
  reserve(path: string, hash: string): boolean {
    const others = this.#reserved.get(hash);
    if (others === undefined) this.#reserved.set(hash, []);
    else others.push(path);
    return others === undefined;
  }

  add(path: string, item: NewItem): void {
    this.#pending.push({ path, item });
    const isDue = this.#now() - this.#lastFlushMs >= longestWaitMs;
    if (isDue || this.#pending.length >= mostPending) this.flush();
  }

  /** The file of a missing item is there again. */
  relink(item: ItemRow, path: string, modifiedMs: number): void {
    const { store } = this.#project;
    store.journal.edit(
      'library',
      this.#label,
      (edit) => edit.update('items', item.id, { path, is_copied: 0, modified_ms: modifiedMs }),
      this.#act,
    );
    markMissing(store, [item.id], false);
    indexOf(store).doubt([item.id], false);
    this.#report.foundAgain(path, item.id);
  }

  flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    this.#lastFlushMs = this.#now();
    if (pending.length === 0) return;
    const { store } = this.#project;
    const addedMs = this.#now();
    // Reported once the transaction stands.
    const outcomes = store.journal.edit(
      'library',
      this.#label,
      (edit) =>
        pending.map(({ item }) => {
          // Another import may have been quicker.
          const there = itemByHash(store, item.hash);
          return there ?? { id: insertItem(edit, item, addedMs), isNew: true as const };
        }),
      this.#act,
    );
    outcomes.forEach((outcome, at) => {
      const { path, item } = pending[at] as Pending;
      if ('isNew' in outcome) this.#report.added(path, outcome.id);
      else this.#report.duplicate(path, outcome);
      for (const same of this.#reserved.get(item.hash) ?? []) {
        this.#report.duplicate(same, { id: outcome.id, trashedMs: null });
      }
      // From here on the store knows them.
      this.#reserved.delete(item.hash);
    });
  }

  /** The file that brought these contents in failed. @returns those that had the same */
  release(hash: string): readonly string[] {
    const others = this.#reserved.get(hash) ?? [];
    this.#reserved.delete(hash);
    return others;
  }
}
