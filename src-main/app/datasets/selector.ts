import type { DatasetSpec } from '../../ipc/contract/datasets.ts';
import type { AppContext } from '../core/context.ts';
import { DuplicateFinder } from './groups.ts';
import { selectSamples } from './selection.ts';
import type { Selection } from './selection.ts';

/**
 * Selects for windows, which ask for numbers and for lists of the same dataset: the last answer stands
 * until something is written to the project's file.
 */
export class Selector {
  readonly #context: AppContext;
  readonly #finder: DuplicateFinder;
  #last: { readonly key: string; readonly selection: Promise<Selection> } | null = null;

  constructor(context: AppContext) {
    this.#context = context;
    this.#finder = new DuplicateFinder(context);
  }

  /** @throws library/bad-filter */
  select({ filter, settings }: DatasetSpec): Promise<Selection> {
    const { projects, settings: ofApp } = this.#context;
    const project = projects.current;
    const { written } = project.store;
    const { nearDuplicateBits } = ofApp.values;
    // A day: filters may speak of today.
    const day = Math.floor(this.#context.now() / 86_400_000);
    const key = JSON.stringify([project.folder, written, nearDuplicateBits, day, filter, settings]);
    if (this.#last?.key === key) return this.#last.selection;
    const selection = selectSamples(project, { filter, settings }, this.#finder);
    this.#last = { key, selection };
    // A failure is not kept: the next question asks anew.
    selection.catch(() => {
      if (this.#last?.key === key) this.#last = null;
    });
    return selection;
  }
}
