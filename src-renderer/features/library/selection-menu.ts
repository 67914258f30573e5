/** The menu of chosen items, under the right button. */
import MessageSquarePlus from '@lucide/svelte/icons/message-square-plus';
import SquarePen from '@lucide/svelte/icons/square-pen';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import { shortcuts } from '../../ui/keyboard.ts';
import type { MenuEntry } from '../../ui/menu.ts';
import { annotate, newSample, rate, restore, setSplit, trash } from './item-acts.ts';
import { library } from './library.svelte.ts';
import type { Selection } from './selection.ts';

export function menuOf({ ids, focus }: Selection): MenuEntry[] {
  const chosen = [...ids];
  if (library.view === 'trash') {
    return [{ label: 'Restore', icon: Undo2, run: () => void restore(chosen) }];
  }
  const first = focus ?? chosen[0];
  return [
    {
      label: 'Annotate',
      icon: SquarePen,
      keys: shortcuts.keysOf('library.annotate'),
      run: () => {
        if (first !== undefined) annotate(first);
      },
    },
    { label: 'New sample', icon: MessageSquarePlus, run: () => void newSample(chosen) },
    { kind: 'separator' },
    {
      kind: 'submenu',
      label: 'Split',
      entries: [
        { label: 'Train', run: () => void setSplit(chosen, 'train') },
        { label: 'Validation', run: () => void setSplit(chosen, 'validation') },
        { label: 'Test', run: () => void setSplit(chosen, 'test') },
        { label: 'In no split', run: () => void setSplit(chosen, null) },
      ],
    },
    {
      kind: 'submenu',
      label: 'Rating',
      entries: [5, 4, 3, 2, 1, 0].map((stars) => ({
        label: stars === 0 ? 'None' : '★'.repeat(stars),
        keys: String(stars),
        run: () => void rate(chosen, stars),
      })),
    },
    { kind: 'separator' },
    {
      label: 'Move to the trash',
      icon: Trash2,
      keys: shortcuts.keysOf('library.trash'),
      run: () => void trash(chosen),
    },
  ];
}
