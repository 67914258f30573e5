import type { Prompt } from '../../../src-main/ipc/contract/assist.ts';
import type { SegmentPrompt } from '../../canvas/host.ts';
import { client, errorWireOf, isCancelled } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { changeMarks, removeMarks } from './mark-edits.ts';
import type { Workbench } from './workbench.svelte.ts';
import { texts } from './texts/index.ts';

/** What is being outlined on one item by pointing. */
interface Outline {
  readonly itemId: number;
  prompts: readonly SegmentPrompt[];
  /** The drafts that the last answer made. */
  draftIds: readonly number[];
  /** Set when the person is done. */
  isTaken: boolean | undefined;
}

/**
 * Pointing at things for a model to outline: one question at a time, always with all points so far; the
 * draft of the answer before goes when the next one is there.
 */
export class Prompting {
  /** The model that is asked; empty: none is there. */
  assistantId: string = $state('');
  isBusy: boolean = $state(false);
  readonly #bench: Workbench;
  #outline: Outline | null = null;
  #asking: Promise<void> | null = null;

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  ask(itemId: number, prompts: readonly SegmentPrompt[]): void {
    if (this.#outline?.itemId !== itemId || this.#outline.isTaken !== undefined) {
      this.#outline = { itemId, prompts: [], draftIds: [], isTaken: undefined };
    }
    this.#outline.prompts = prompts;
    this.#asking ??= this.#answer(this.#outline);
  }

  end(itemId: number, isTaken: boolean): void {
    const outline = this.#outline;
    if (outline?.itemId !== itemId) return;
    this.#outline = null;
    outline.isTaken = isTaken;
    if (this.#asking === null) void this.#settle(outline);
  }

  /** Asks until the answer is about the points that there are, then settles what was ended meanwhile. */
  async #answer(outline: Outline): Promise<void> {
    this.isBusy = true;
    let asked: readonly SegmentPrompt[] | null = null;
    while (asked !== outline.prompts && outline.isTaken !== false) {
      asked = outline.prompts;
      await this.#suggest(outline, asked);
    }
    this.isBusy = false;
    this.#asking = null;
    if (outline.isTaken !== undefined) await this.#settle(outline);
    const next = this.#outline;
    if (next !== null && next !== outline) this.#asking = this.#answer(next);
  }

  async #suggest(outline: Outline, prompts: readonly SegmentPrompt[]): Promise<void> {
    const { itemId, draftIds: before } = outline;
    const marks = this.#bench.marksOf(itemId);
    let found: readonly number[] = [];
    try {
      if (prompts.length === 0) await removeMarks(marks, before);
      else {
        found = await client.call('assist.suggest', {
          itemId,
          assistantId: this.assistantId,
          prompts: prompts.map((prompt): Prompt => ({ ...prompt })),
          labelId: this.#bench.activeLabelId,
          // In one act with what takes their place: one step of undo for each point.
          replaces: [...before],
        });
        if (found.length === 0) toasts.show(texts().nothingThere);
      }
    } catch (thrown) {
      if (isCancelled(thrown)) return;
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
      return;
    }
    outline.draftIds = found;
    marks.refresh();
  }

  async #settle({ itemId, draftIds, isTaken }: Outline): Promise<void> {
    const marks = this.#bench.marksOf(itemId);
    if (isTaken === true) {
      const changes = draftIds.map((id) => ({ id, isDraft: false }));
      await changeMarks(marks, changes, 'Accept outline');
    } else {
      await removeMarks(marks, draftIds);
    }
  }
}
