/** Changes that an indexed item takes over as they are, without its rows being read again. */
import type { Change } from './changes.ts';
import type { IndexedItem } from './item-index.ts';

const columns: Readonly<Record<string, (value: unknown) => Partial<IndexedItem>>> = {
  rating: (value) => ({ rating: value as number }),
  split: (value) => ({ split: value as string | null }),
  trashed_ms: (value) => ({ isTrashed: value !== null }),
  name: (value) => ({ name: value as string }),
  notes: () => ({}),
};

/** The item that a change is about; null: none (a tag without items), undefined: it must be read. */
export function simplyChanged({ table, id, before, after }: Change): number | null | undefined {
  if (table === 'tags') return null;
  if (table === 'item_tags') return Number((after ?? before)?.['item_id']);
  const isSimple =
    table === 'items' &&
    before !== null &&
    after !== null &&
    Object.keys(after).every((name) => name in columns);
  return isSimple ? id : undefined;
}

/** @param change one that simplyChanged knows */
export function changedItem(item: IndexedItem, { table, before, after }: Change): IndexedItem {
  if (table === 'item_tags') {
    const tag = Number((after ?? before)?.['tag_id']);
    const others = item.tags.filter((one) => one !== tag);
    return { ...item, tags: after === null ? others : [...others, tag] };
  }
  const parts = Object.entries(after ?? {}).map(([name, value]) => columns[name]?.(value));
  return Object.assign({ ...item }, ...parts) as IndexedItem;
}
