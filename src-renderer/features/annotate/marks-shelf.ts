import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { ItemMarks } from './item-marks.svelte.ts';

/** Items whose marks are kept, so that a way back shows them at once. */
const kept = 12;

/** The marks of the items that were open lately; those with edits on their way are never let go. */
export class MarksShelf {
  readonly #byItem = new Map<number, ItemMarks>();
  readonly #refused: (itemId: number, error: ErrorWire) => void;

  constructor(refused: (itemId: number, error: ErrorWire) => void) {
    this.#refused = refused;
  }

  of(itemId: number): ItemMarks {
    const known = this.#byItem.get(itemId);
    const marks = known ?? new ItemMarks(itemId, (error) => this.#refused(itemId, error));
    // The last one asked for is the last to go.
    this.#byItem.delete(itemId);
    this.#byItem.set(itemId, marks);
    this.#letGo();
    return marks;
  }

  #letGo(): void {
    for (const [itemId, marks] of this.#byItem) {
      if (this.#byItem.size <= kept) return;
      if (!marks.isSaving) this.#byItem.delete(itemId);
    }
  }
}
