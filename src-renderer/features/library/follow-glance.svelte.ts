import { client } from '../../api/client.ts';
import type { TileSlots } from './tile-slots.svelte.ts';

const delayMs = 220;

/** What is said of the picture under the pointer appears on it once the pointer stays. */
export function followGlance(hovered: () => number | undefined, slots: TileSlots): void {
  $effect(() => {
    const id = hovered();
    slots.glanceAt(undefined, undefined);
    if (id === undefined) return;
    const controller = new AbortController();
    const timer = setTimeout(() => {
      client.call('library.glance', { itemId: id }, { signal: controller.signal }).then(
        (answer) => slots.glanceAt(id, answer),
        () => undefined, // a glance that fails shows nothing; the grid is as it was
      );
    }, delayMs);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  });
}
