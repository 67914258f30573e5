/** Acts on items, each with its way back. */
import type { Split } from '../../../src-main/ipc/contract/library.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { navigation } from '../../shell/navigation.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

/** Shows what went wrong; an act that failed changed nothing. */
export async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (thrown) {
    const { message, hint } = errorWireOf(thrown);
    toasts.show([message, hint].filter(Boolean).join(' '), { tone: 'error' });
    return undefined;
  }
}

function undo(): Promise<unknown> {
  return attempt(() => client.call('edits.undo', { scope: 'library' }));
}

/** In the order in which they are offered. */
export const splitNames = ['train', 'validation', 'test'] as const satisfies readonly Split[];

export async function rate(itemIds: readonly number[], rating: number): Promise<void> {
  await attempt(() => client.call('library.rate', { itemIds: [...itemIds], rating }));
}

export async function setSplit(itemIds: readonly number[], split: Split | null): Promise<void> {
  const done = await attempt(() =>
    client.call('library.setSplit', { itemIds: [...itemIds], split }),
  );
  if (done === undefined || itemIds.length < 2) return;
  toasts.undoable(texts().done.split(done.changed, split), undo);
}

export async function changeTags(
  itemIds: readonly number[],
  change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Promise<void> {
  const { add = [], remove = [] } = change;
  const input = { itemIds: [...itemIds], add: [...add], remove: [...remove] };
  const done = await attempt(() => client.call('library.tag', input));
  if (done === undefined || itemIds.length < 2) return;
  const names = [...add, ...remove].join(', ');
  toasts.undoable(
    add.length > 0
      ? texts().done.tagged(done.changed, names)
      : texts().done.untagged(done.changed, names),
    undo,
  );
}

export async function trash(itemIds: readonly number[]): Promise<void> {
  const done = await attempt(() => client.call('library.trash', { itemIds: [...itemIds] }));
  if (done !== undefined) toasts.undoable(texts().done.trashed(done.changed), undo);
}

export async function restore(itemIds: readonly number[]): Promise<void> {
  const done = await attempt(() => client.call('library.restore', { itemIds: [...itemIds] }));
  if (done !== undefined) toasts.undoable(texts().done.restored(done.changed), undo);
}

export async function erase(itemIds: readonly number[]): Promise<void> {
  const done = await attempt(() => client.call('library.erase', { itemIds: [...itemIds] }));
  if (done === undefined) return;
  toasts.show(texts().done.erased(done.changed, done.deletedFiles));
}

/** A sample about these items, opened where it is written. */
export async function newSample(itemIds: readonly number[]): Promise<void> {
  const [first] = itemIds;
  if (first === undefined) return;
  const created = await attempt(() =>
    client.call('conversations.create', {
      kind: 'conversation',
      items: itemIds.map((itemId) => ({ itemId, sampling: null })),
      turns: [{ role: 'user', content: [] }],
    }),
  );
  if (created !== undefined) navigation.go(`/annotate/${first}`, { sample: String(created.id) });
}

export function annotate(itemId: number): void {
  navigation.go(`/annotate/${itemId}`);
}
