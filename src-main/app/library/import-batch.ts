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
  /** Contents that wait to be written, and further files that have the same. */
  readonly #coming = new Map<string, string[]>();

  constructor(project: OpenProject, report: ReportBuilder, label: string, now: () => number) {
    this.#project = project;
    this.#report = report;
    this.#label = label;
    this.#now = now;
    this.#lastFlushMs = now();
  }

  /** Whether a file before brings these contents in: the report says so once that one is written. */
  isComing(path: string, hash: string): boolean {
    const others = this.#coming.get(hash);
    others?.push(path);
    return others !== undefined;
  }

  add(path: string, item: NewItem): void {
    this.#pending.push({ path, item });
    this.#coming.set(item.hash, []);
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
      if ('isNew' in outcome) this.#report.added(path, outcome.id, item.isClipped);
      else this.#report.duplicate(path, outcome);
      for (const same of this.#coming.get(item.hash) ?? []) {
        this.#report.duplicate(same, { id: outcome.id, trashedMs: null });
      }
      // From here on the store knows them.
      this.#coming.delete(item.hash);
    });
  }
}
