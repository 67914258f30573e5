/** The keys of the grid, as entries of the registry that the cheat sheet shows. */
import type { Shortcut } from '../../ui/keyboard.ts';
import { verticalNeighbour } from './grid-layout.ts';
import type { Layout } from './grid-layout.ts';
import { annotate, rate, restore, trash } from './item-acts.ts';
import { library } from './library.svelte.ts';
import type { Listing } from './library.svelte.ts';
import { choose, chooseAll, moveFocus, nothingSelected } from './selection.ts';

export interface GridAccess {
  readonly listing: () => Listing;
  readonly layout: () => Layout | undefined;
  readonly pageRows: () => number;
  readonly reveal: (index: number) => void;
  readonly focusFilter: () => void;
  readonly tag: () => void;
}

const scope = 'Library';

/** Arrows and Enter belong to a control that has the focus, unless it is the grid or nothing. */
function isOnGrid(): boolean {
  const active = document.activeElement;
  return active === null || active === document.body || active.closest('.grid') !== null;
}

const chosen = (): number[] => [...library.selection.ids];
const hasChosen = (): boolean => library.selection.ids.size > 0;

function moves(access: GridAccess): Shortcut[] {
  const step = (by: (from: number, layout: Layout, listing: Listing) => number) => {
    return (event?: KeyboardEvent): boolean => {
      const listing = access.listing();
      const layout = access.layout();
      if (!isOnGrid() || layout === undefined || listing.ids.length === 0) return false;
      const { focus } = library.selection;
      const from = focus === undefined ? -1 : listing.ids.indexOf(focus);
      const wanted = from < 0 ? 0 : by(from, layout, listing);
      const index = Math.min(listing.ids.length - 1, Math.max(0, wanted));
      const id = listing.ids[index] as number;
      const held = { toggles: false, extends: event?.shiftKey === true };
      library.selection =
        event?.ctrlKey === true || event?.metaKey === true
          ? moveFocus(library.selection, id)
          : choose(library.selection, listing.ids, id, held);
      access.reveal(index);
      return true;
    };
  };
  const vertical =
    (by: 1 | -1, rows: () => number) =>
    (from: number, layout: Layout, listing: Listing): number => {
      let index = from;
      for (let row = 0; row < rows(); row += 1) {
        index = verticalNeighbour(layout, listing.aspects, index, by);
      }
      return index;
    };
  const key = (name: string, description: string, run: Shortcut['run']): Shortcut => ({
    id: `library.${name}`,
    scope,
    description,
    keys: [name, `Shift+${name}`, `Mod+${name}`],
    isFixed: true,
    isOnlyKey: true,
    run,
  });
  return [
    key(
      'ArrowLeft',
      'The item before; Shift extends',
      step((from) => from - 1),
    ),
    key(
      'ArrowRight',
      'The next item; Shift extends',
      step((from) => from + 1),
    ),
    key('ArrowUp', 'The item above', step(vertical(-1, () => 1))),
    key('ArrowDown', 'The item below', step(vertical(1, () => 1))),
    key('PageUp', 'A screen up', step(vertical(-1, access.pageRows))),
    key('PageDown', 'A screen down', step(vertical(1, access.pageRows))),
    key(
      'Home',
      'The first item',
      step(() => 0),
    ),
    key(
      'End',
      'The last item',
      step(() => Infinity),
    ),
  ];
}

function choosing(access: GridAccess): Shortcut[] {
  return [
    {
      id: 'library.toggle',
      scope,
      description: 'Add to the selection, or take out of it',
      keys: ['Space', 'Mod+Space'],
      isOnlyKey: true,
      run: () => {
        const { focus } = library.selection;
        if (!isOnGrid() || focus === undefined) return false;
        const held = { toggles: true, extends: false };
        library.selection = choose(library.selection, access.listing().ids, focus, held);
        return true;
      },
    },
    {
      id: 'library.select-all',
      scope,
      description: 'Select all',
      keys: 'Mod+A',
      run: () => {
        library.selection = chooseAll(library.selection, access.listing().ids);
      },
    },
    {
      id: 'library.select-none',
      scope,
      description: 'Select nothing',
      keys: 'Escape',
      isActive: hasChosen,
      run: () => {
        library.selection = nothingSelected;
      },
    },
    {
      id: 'library.find',
      scope,
      description: 'Filter',
      keys: ['/', 'Mod+F'],
      run: () => access.focusFilter(),
    },
  ];
}

function acts(access: GridAccess): Shortcut[] {
  const inLibrary = (): boolean => hasChosen() && library.view === 'library';
  const inTrash = (): boolean => hasChosen() && library.view === 'trash';
  return [
    {
      id: 'library.annotate',
      scope,
      description: 'Annotate',
      keys: 'Enter',
      isActive: () => library.selection.focus !== undefined && library.view === 'library',
      run: () => {
        if (!isOnGrid()) return false;
        annotate(library.selection.focus as number);
        return true;
      },
    },
    ...[0, 1, 2, 3, 4, 5].map((stars): Shortcut => ({
      id: `library.rate-${stars}`,
      scope,
      description: stars === 0 ? 'Take the rating away' : `Rate ${stars}`,
      keys: String(stars),
      isActive: inLibrary,
      run: () => rate(chosen(), stars),
    })),
    {
      id: 'library.tag',
      scope,
      description: 'Tag the selection',
      keys: 'T',
      isActive: inLibrary,
      run: () => access.tag(),
    },
    {
      id: 'library.trash',
      scope,
      description: 'Move to the trash',
      keys: ['Delete', 'Backspace'],
      isActive: inLibrary,
      run: () => trash(chosen()),
    },
    {
      id: 'library.restore',
      scope,
      description: 'Restore from the trash',
      isActive: inTrash,
      run: () => restore(chosen()),
    },
  ];
}

export function gridKeys(access: GridAccess): Shortcut[] {
  return [...moves(access), ...choosing(access), ...acts(access)];
}
