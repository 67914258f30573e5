/** Pictures and videos that chats speak of, by id, read together and kept up. */
import type { ItemCard } from '../../../src-main/ipc/contract/library.ts';
import { query } from '../../api/query.svelte.ts';

/** Most that one question may be about on the screen. */
const most = 1000;

/** To be called while a component is set up. */
export function chatItems(ids: () => readonly number[]): {
  readonly isLoading: boolean;
  get(id: number): ItemCard | undefined;
} {
  const cards = query(
    'library.cards',
    () => (ids().length === 0 ? null : { itemIds: ids().slice(0, most) }),
    {
      events: ['project.changed'],
      concerns: ({ tables }) => tables.includes('items'),
    },
  );
  return {
    get isLoading() {
      return cards.isLoading;
    },
    get: (id) => cards.value?.find((card) => card.id === id),
  };
}
