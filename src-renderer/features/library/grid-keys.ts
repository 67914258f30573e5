/** The keys of the grid, as entries of the registry that the cheat sheet shows. */
import type { Shortcut } from '../../ui/keyboard.ts';
import { verticalNeighbour } from './grid-layout.ts';
import type { Layout } from './grid-layout.ts';
import { annotate, rate, restore, trash } from './item-acts.ts';
import { library } from './library.svelte.ts';
import type { Listing } from './library.svelte.ts';
import { choose, chooseAll, moveFocus, nothingSelected } from './selection.ts';
import { texts } from './texts/index.ts';

export interface GridAccess {
  readonly listing: () => Listing;
  readonly layout: () => Layout | undefined;
  readonly pageRows: () => number;
  readonly reveal: (index: number) => void;
  readonly focusFilter: () => void;
  readonly tag: () => void;
}

const scope = (): string => texts().title;

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
  const key = (name: string, description: () => string, run: Shortcut['run']): Shortcut => ({
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
      () => texts().keys.before,
      step((from) => from - 1),
    ),
    key(
      'ArrowRight',
      () => texts().keys.next,
      step((from) => from + 1),
    ),
    key('ArrowUp', () => texts().keys.above, step(vertical(-1, () => 1))),
    key('ArrowDown', () => texts().keys.below, step(vertical(1, () => 1))),
    key('PageUp', () => texts().keys.screenUp, step(vertical(-1, access.pageRows))),
    key('PageDown', () => texts().keys.screenDown, step(vertical(1, access.pageRows))),
    key(
      'Home',
      () => texts().keys.first,
      step(() => 0),
    ),
    key(
      'End',
      () => texts().keys.last,
      step(() => Infinity),
    ),
  ];
}

function choosing(access: GridAccess): Shortcut[] {
  return [
    {
      id: 'library.toggle',
      scope,
      description: () => texts().keys.toggle,
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
      description: () => texts().keys.all,
      keys: 'Mod+A',
      run: () => {
        library.selection = chooseAll(library.selection, access.listing().ids);
      },
    },
    {
      id: 'library.select-none',
      scope,
      description: () => texts().selectNothing,
      keys: 'Escape',
      isActive: hasChosen,
      run: () => {
        library.selection = nothingSelected;
      },
    },
    {
      id: 'library.find',
      scope,
      description: () => texts().keys.filter,
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
      description: () => texts().annotate,
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
      description: () => (stars === 0 ? texts().keys.unrate : texts().keys.rate(stars)),
      keys: String(stars),
      isActive: inLibrary,
      run: () => rate(chosen(), stars),
    })),
    {
      id: 'library.tag',
      scope,
      description: () => texts().keys.tag,
      keys: 'T',
      isActive: inLibrary,
      run: () => access.tag(),
    },
    {
      id: 'library.trash',
      scope,
      description: () => texts().toTrash,
      keys: ['Delete', 'Backspace'],
      isActive: inLibrary,
      run: () => trash(chosen()),
    },
    {
      id: 'library.restore',
      scope,
      description: () => texts().keys.restore,
      isActive: inTrash,
      run: () => restore(chosen()),
    },
  ];
}

export function gridKeys(access: GridAccess): Shortcut[] {
  return [...moves(access), ...choosing(access), ...acts(access)];
}
