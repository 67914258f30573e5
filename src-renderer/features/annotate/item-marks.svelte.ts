import { tick } from 'svelte';
import type { Shape } from '../../../src-main/ipc/contract/shapes.ts';
import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { reconciled } from './shape-lists.ts';

/** What an edit makes of the marks, before the core has said yes. */
export type Effect = (shapes: readonly Shape[]) => readonly Shape[];

export interface MarkEdit<Output> {
  readonly send: () => Promise<Output>;
  /** Shown at once; taken back where the core refuses. */
  readonly effect: Effect;
  /** What it made in the end, where the answer says more than was known before: ids. */
  readonly outcome?: (output: Output) => Effect;
}

export const noEffect: Effect = (shapes) => shapes;

/**
 * The marks of one item as the person sees them: those that the core last told of, with edits that are
 * on their way put on top, in their order. Everything in here belongs to this item alone and goes out
 * with its id, whatever is on the screen by the time an answer comes.
 */
export class ItemMarks {
  readonly itemId: number;
  isLoaded: boolean = $state(false);
  /** Why the marks could not be read. */
  problem: ErrorWire | null = $state.raw(null);
  #stored: readonly Shape[] = $state.raw([]);
  #pending: readonly Effect[] = $state.raw([]);
  readonly #shapes = $derived(this.#pending.reduce((shapes, apply) => apply(shapes), this.#stored));
  readonly #refused: (error: ErrorWire) => void;
  #isStale = false;
  #isReading = false;
  /** Grows with every edit, so that what was read before it is known to be old. */
  #turn = 0;

  /** @param refused told why an edit did not come about; it is taken back already */
  constructor(itemId: number, refused: (error: ErrorWire) => void) {
    this.itemId = itemId;
    this.#refused = refused;
  }

  /** Lowest first. */
  get shapes(): readonly Shape[] {
    return this.#shapes;
  }

  /** Edits that the core has not confirmed yet. */
  get isSaving(): boolean {
    return this.#pending.length > 0;
  }

  shape(id: number): Shape | undefined {
    return this.shapes.find((shape) => shape.id === id);
  }

  /** Reads the marks again, once no edit is on its way any more. */
  refresh(): void {
    this.#isStale = true;
    void this.#read();
  }

  /**
   * Edits leave in the order of the calls, at once: the core takes them in that order too, so an undo
   * that follows is about the last of them.
   * @returns what the core answered; null where it refused
   */
  async write<Output>({ send, effect, outcome }: MarkEdit<Output>): Promise<Output | null> {
    // An own function each time, so that it can be found again.
    const pending: Effect = (shapes) => effect(shapes);
    this.#turn += 1;
    this.#pending = [...this.#pending, pending];
    let output: Output | null = null;
    try {
      output = await send();
      this.#stored = (outcome?.(output) ?? effect)(this.#stored);
    } catch (thrown) {
      this.#isStale = true;
      this.#refused(errorWireOf(thrown));
    }
    this.#turn += 1;
    this.#pending = this.#pending.filter((one) => one !== pending);
    // What waits for this call may rely on the new marks being on the screen.
    await tick();
    void this.#read();
    return output;
  }

  async #read(): Promise<void> {
    if (!this.#isStale || this.#isReading || this.isSaving) return;
    this.#isReading = true;
    this.#isStale = false;
    const turn = this.#turn;
    try {
      const read = await client.call('annotation.shapes', { itemId: this.itemId });
      if (turn === this.#turn) {
        this.#stored = reconciled(this.#stored, read);
        this.isLoaded = true;
        this.problem = null;
      } else {
        this.#isStale = true;
      }
    } catch (thrown) {
      this.problem = errorWireOf(thrown);
    }
    this.#isReading = false;
    void this.#read();
  }
}
