import type { Assistant } from '../../../src-main/ipc/contract/assist.ts';
import { client, errorWireOf, isCancelled } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import type { Workbench } from './workbench.svelte.ts';
import { texts } from './texts/index.ts';

/** The assisting models, and the one that looks at a picture now. */
export class Assistants {
  list: readonly Assistant[] = $state.raw([]);
  /** At work, on which item. */
  busy: { readonly name: string; readonly itemId: number } | null = $state.raw(null);
  readonly #bench: Workbench;
  #abort: AbortController | null = null;

  constructor(bench: Workbench) {
    this.#bench = bench;
  }

  /** Those that look at the whole picture. */
  get suggesting(): readonly Assistant[] {
    return this.list.filter(({ kind }) => kind !== 'segment');
  }

  /** The one that the outline tool asks. */
  get outlining(): Assistant | undefined {
    return this.list.find(({ kind, problem }) => kind === 'segment' && problem === null);
  }

  async load(): Promise<void> {
    try {
      this.list = await client.call('assist.list', {});
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }

  /** Asks for suggestions on the item that is shown; they come as drafts. */
  async suggest({ id, name }: Assistant): Promise<void> {
    const { marks } = this.#bench;
    if (marks === null || this.busy !== null) return;
    const { itemId } = marks;
    const abort = new AbortController();
    this.#abort = abort;
    this.busy = { name, itemId };
    try {
      const found = await client.call(
        'assist.suggest',
        { itemId, assistantId: id, prompts: [], labelId: this.#bench.activeLabelId },
        { signal: abort.signal },
      );
      this.#tell(name, itemId, found);
    } catch (thrown) {
      if (!isCancelled(thrown)) toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
    this.#abort = null;
    this.busy = null;
  }

  cancel(): void {
    this.#abort?.abort();
  }

  #tell(name: string, itemId: number, found: readonly number[]): void {
    const isHere = this.#bench.marks?.itemId === itemId;
    const [first] = found;
    if (first === undefined) toasts.show(texts().foundNothing(name));
    else if (isHere) this.#bench.select([first]);
    else toasts.show(texts().foundEarlier(name, found.length));
  }

  async remove(id: string): Promise<void> {
    try {
      await client.call('assist.remove', { id });
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
    await this.load();
  }
}
