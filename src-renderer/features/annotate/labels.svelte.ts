import type { LabelWithCount } from '../../../src-main/ipc/contract/annotation.ts';
import type { InputOf } from '../../../src-main/ipc/contract/index.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

/** Keys 1 to 9 belong to the first labels. */
const labelKeys = 9;
const colors = 8;

/** The labels of the project, by position. */
export class Labels {
  list: readonly LabelWithCount[] = $state.raw([]);
  isLoaded: boolean = $state(false);
  #turn = 0;

  async load(): Promise<void> {
    const turn = ++this.#turn;
    try {
      const list = await client.call('annotation.labels', {});
      if (turn !== this.#turn) return;
      this.list = list;
      this.isLoaded = true;
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }

  of(id: number | null): LabelWithCount | undefined {
    return this.list.find((label) => label.id === id);
  }

  /** The key of a label, if it has one. */
  keyOf(id: number): string | undefined {
    const at = this.list.findIndex((label) => label.id === id);
    return at >= 0 && at < labelKeys ? String(at + 1) : undefined;
  }

  /** A colour that the fewest labels have. */
  nextColor(): number {
    const counts = Array.from({ length: colors }, (_, color) => ({
      color,
      count: this.list.filter((label) => label.color === color).length,
    }));
    return counts.reduce((least, one) => (one.count < least.count ? one : least)).color;
  }

  /** @returns its id; null where the core refused, which the person has been told */
  async create(name: string): Promise<number | null> {
    const facts = { name, color: this.nextColor(), attributes: [], skeleton: null };
    const id = await attempt(() => client.call('annotation.createLabel', facts));
    if (id !== null) await this.load();
    return id;
  }

  async change(facts: InputOf<'annotation.changeLabel'>): Promise<boolean> {
    const done = await attempt(() => client.call('annotation.changeLabel', facts).then(() => true));
    return done ?? false;
  }

  /** Its marks get `replacement`, or no label. */
  async remove(id: number, replacement: number | null): Promise<void> {
    const name = this.of(id)?.name ?? '';
    const send = (): Promise<true> =>
      client.call('annotation.removeLabel', { id, replacement }).then(() => true as const);
    if ((await attempt(send)) === null) return;
    toasts.undoable(texts().deletedLabel(name), () =>
      attempt(() => client.call('edits.undo', { scope: 'library' })),
    );
  }

  /** Moves a label by `step` places. */
  async move(id: number, step: number): Promise<void> {
    const ids = this.list.map((label) => label.id);
    const from = ids.indexOf(id);
    const to = Math.min(ids.length - 1, Math.max(0, from + step));
    if (from === -1 || to === from) return;
    ids.splice(to, 0, ...ids.splice(from, 1));
    this.list = ids.flatMap((one) => this.of(one) ?? []);
    if (
      (await attempt(() => client.call('annotation.orderLabels', { ids }).then(() => true))) ===
      null
    )
      await this.load();
  }
}

async function attempt<T>(act: () => Promise<T>): Promise<T | null> {
  try {
    return await act();
  } catch (thrown) {
    const { message, hint } = errorWireOf(thrown);
    toasts.show(hint === undefined ? message : `${message} ${hint}`, { tone: 'error' });
    return null;
  }
}
