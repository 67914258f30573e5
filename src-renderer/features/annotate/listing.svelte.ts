import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { query } from '../../api/query.svelte.ts';
import { placesOf } from './places.ts';
import { decodeListing, emptyListing, library } from '../library/library.svelte.ts';

export interface ItemOrder {
  readonly ids: Int32Array;
  /** undefined until the first answer. */
  readonly isLoaded: boolean;
  readonly problem: ErrorWire | null;
  /** -1 for an item that the filter does not find. */
  placeOf(itemId: number): number;
  /** The item `step` places on, the last at the ends; null where there are none. */
  neighbour(itemId: number, step: number): number | null;
  refresh(): void;
}

/**
 * The items that the library shows, in its order. To be called while a component is set up. Marks and
 * texts that are written meanwhile do not change it, though the filter may be about them: an item that
 * one works on does not vanish under the hand.
 */
export function useItemOrder(): ItemOrder {
  const list = query(
    'library.list',
    () => ({
      filter: library.filter,
      view: library.view,
      sort: library.sort,
      isDescending: library.isDescending,
      seed: library.seed,
    }),
    { events: ['project.changed'], concerns: ({ tables }) => tables.includes('items') },
  );
  const ids = $derived(list.value === undefined ? emptyListing.ids : decodeListing(list.value).ids);
  const places = $derived(placesOf(ids));
  const placeOf = (itemId: number): number => places.get(itemId) ?? -1;
  return {
    get ids() {
      return ids;
    },
    get isLoaded() {
      return list.value !== undefined;
    },
    get problem() {
      return list.error;
    },
    placeOf,
    neighbour(itemId, step) {
      const at = placeOf(itemId);
      if (at === -1) return ids[0] ?? null;
      return ids[Math.min(ids.length - 1, Math.max(0, at + step))] ?? null;
    },
    refresh: () => list.refresh(),
  };
}
