/** What a person does with the pictures and videos of a sample; each act says how it is taken back. */
import type { Sample, SampleItem } from '../../../src-main/ipc/contract/conversations.ts';
import { client } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { attempt, scopeOf } from './acts.ts';
import { texts } from './texts/index.ts';

type WithItems = Pick<Sample, 'id' | 'items'>;

/** The message of the last act: an older one's Undo would take back the newer act. */
let toastId: number | undefined;

/** @param said what the message at the foot says of it; none is shown without */
async function setItems(
  { id: sampleId }: WithItems,
  items: readonly SampleItem[],
  said?: string,
): Promise<void> {
  const done = await attempt('conversations.setItems', { sampleId, items: [...items] });
  if (toastId !== undefined) toasts.dismiss(toastId);
  if (done === undefined || said === undefined) return;
  // The act is undone where the sample now is, which need not be what the screen is about.
  const scope = scopeOf({ items: [...items] });
  const { undo: act } = await client.call('edits.state', { scope });
  toastId = toasts.undoable(said, async () => {
    const { undo } = await client.call('edits.state', { scope });
    if (undo === act) await client.call('edits.undo', { scope });
    else toasts.show(texts().undoneInOrder);
  });
}

export function addItems(sample: WithItems, itemIds: readonly number[]): Promise<void> {
  const known = new Set(sample.items.map(({ itemId }) => itemId));
  const fresh = [...new Set(itemIds)].filter((itemId) => !known.has(itemId));
  if (fresh.length === 0) return Promise.resolve();
  const added = fresh.map((itemId) => ({ itemId, sampling: null }));
  return setItems(sample, [...sample.items, ...added]);
}

export function takeItemOut(sample: WithItems, itemId: number, name: string): Promise<void> {
  const left = sample.items.filter((item) => item.itemId !== itemId);
  return setItems(sample, left, texts().takenOut(name));
}

/** @param to its place among the others, from 0 */
export function moveItem(sample: WithItems, itemId: number, to: number): Promise<void> {
  const from = sample.items.findIndex((item) => item.itemId === itemId);
  const item = sample.items[from];
  if (item === undefined || to < 0 || to >= sample.items.length || to === from) {
    return Promise.resolve();
  }
  const items = sample.items.toSpliced(from, 1).toSpliced(to, 0, item);
  // Said only where the first one changed: undo is then with another picture.
  const isNewFirst = items[0]?.itemId !== sample.items[0]?.itemId;
  return setItems(sample, items, isNewFirst ? texts().itemsOrdered : undefined);
}

export function setSampling(sample: WithItems, changed: SampleItem): Promise<void> {
  const items = sample.items.map((item) => (item.itemId === changed.itemId ? changed : item));
  return setItems(sample, items);
}
