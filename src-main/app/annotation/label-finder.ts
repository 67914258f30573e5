/** Labels by name, made where there is none. */
import type { LabelAttribute, Skeleton } from '../../ipc/contract/shapes.ts';
import type { Edit } from '../../store/journal.ts';
import { findLabelByName, insertLabel, listLabels, updateLabel } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';

const colours = 8;

/** What marks of a label bear that the label may not know yet. */
export interface LabelExtras {
  readonly attributes: readonly LabelAttribute[];
  readonly skeleton: Skeleton | null;
}

export class LabelFinder {
  readonly #store: ProjectStore;
  readonly #edit: Edit;
  readonly #known = new Map<string, number>();

  constructor(store: ProjectStore, edit: Edit) {
    this.#store = store;
    this.#edit = edit;
  }

  /** @returns null for no name */
  idOf(label: string): number | null {
    const name = label.trim().slice(0, 200);
    if (name === '') return null;
    const id = this.#known.get(name) ?? findLabelByName(this.#store, name) ?? this.#make(name);
    this.#known.set(name, id);
    return id;
  }

  /** Attributes take the place of those of their names; joints come where there are none. */
  extend(id: number, { attributes, skeleton }: LabelExtras): void {
    const label = listLabels(this.#store).find((one) => one.id === id);
    if (label === undefined) return;
    const names = new Set(attributes.map(({ name }) => name));
    const others = label.attributes.filter(({ name }) => !names.has(name));
    updateLabel(this.#edit, id, {
      ...(attributes.length > 0 && { attributes: [...others, ...attributes] }),
      ...(skeleton !== null && label.skeleton === null && { skeleton }),
    });
  }

  #make(name: string): number {
    const color = listLabels(this.#store).length % colours;
    return insertLabel(this.#store, this.#edit, { name, color, attributes: [], skeleton: null });
  }
}
