/** The menu of chosen items, under the right button. */
import FileOutput from '@lucide/svelte/icons/file-output';
import MessageSquarePlus from '@lucide/svelte/icons/message-square-plus';
import SquarePen from '@lucide/svelte/icons/square-pen';
import Trash2 from '@lucide/svelte/icons/trash-2';
import Undo2 from '@lucide/svelte/icons/undo-2';
import { shortcuts } from '../../ui/keyboard.ts';
import type { MenuEntry } from '../../ui/menu.ts';
import { annotate, newSample, rate, restore, setSplit, splitNames, trash } from './item-acts.ts';
import { library } from './library.svelte.ts';
import type { Selection } from './selection.ts';
import { texts } from './texts/index.ts';

export function menuOf({ ids, focus }: Selection): MenuEntry[] {
  const chosen = [...ids];
  if (library.view === 'trash') {
    return [{ label: texts().restore, icon: Undo2, run: () => void restore(chosen) }];
  }
  const first = focus ?? chosen[0];
  return [
    {
      label: texts().annotate,
      icon: SquarePen,
      keys: shortcuts.keysOf('library.annotate'),
      run: () => {
        if (first !== undefined) annotate(first);
      },
    },
    { label: texts().newSample, icon: MessageSquarePlus, run: () => void newSample(chosen) },
    {
      label: texts().marksFile.export,
      icon: FileOutput,
      run: () => {
        library.marksWish = { way: 'export', itemIds: chosen };
      },
    },
    { kind: 'separator' },
    {
      kind: 'submenu',
      label: texts().split,
      entries: [
        ...splitNames.map((split) => ({
          label: texts().splits[split],
          run: () => void setSplit(chosen, split),
        })),
        { label: texts().inNoSplit, run: () => void setSplit(chosen, null) },
      ],
    },
    {
      kind: 'submenu',
      label: texts().rating,
      entries: [5, 4, 3, 2, 1, 0].map((stars) => ({
        label: stars === 0 ? texts().none : '★'.repeat(stars),
        keys: String(stars),
        run: () => void rate(chosen, stars),
      })),
    },
    { kind: 'separator' },
    {
      label: texts().toTrash,
      icon: Trash2,
      keys: shortcuts.keysOf('library.trash'),
      run: () => void trash(chosen),
    },
  ];
}
