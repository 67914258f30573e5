/** Every key of the screen, as the registry, the palette and the cheat sheet know them. */
import type { Shortcut } from '../../ui/keyboard.ts';
import { preferences } from './preferences.svelte.ts';
import { toolFacts, toolOrder } from './tools.ts';
import type { Workbench } from './workbench.svelte.ts';

export interface KeyContext {
  readonly bench: Workbench;
  /** By how many places in the list to go on. */
  readonly go: (step: number) => void;
  readonly canOutline: () => boolean;
}

const opacityStep = 0.1;
const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Keys that every control knows are the screen's only while none of its controls has the focus. */
function isFree(): boolean {
  const focus = document.activeElement;
  return focus === null || focus === document.body || focus.getAttribute('role') === 'application';
}

export function annotateKeys(context: KeyContext): Shortcut[] {
  const { bench } = context;
  const hasPicture = (): boolean => bench.canvas !== null;
  const hasSelection = (): boolean => bench.selected.length > 0;
  return [
    ...viewKeys(bench).map((act) => ({ ...act, scope: 'Picture', isActive: hasPicture })),
    ...markKeys(bench).map((act) => ({ ...act, scope: 'Marks', isActive: hasSelection })),
    ...draftKeys(bench),
    ...toolKeys(context),
    ...labelKeys(bench),
    {
      id: 'annotate.next',
      scope: 'Annotate',
      description: 'Next item',
      keys: ']',
      run: () => context.go(1),
    },
    {
      id: 'annotate.previous',
      scope: 'Annotate',
      description: 'Previous item',
      keys: '[',
      run: () => context.go(-1),
    },
    {
      id: 'annotate.take-back',
      scope: 'Annotate',
      description: 'Take back the last step of a drawing',
      keys: 'Mod+Z',
      isOnlyKey: true,
      // Nothing begun: the shell's undo is meant.
      run: () => bench.canvas?.takeBack() ?? false,
    },
  ];
}

type Act = Omit<Shortcut, 'scope' | 'isActive'>;

function viewKeys(bench: Workbench): Act[] {
  return [
    {
      id: 'annotate.fit',
      description: 'Fit the picture',
      keys: '0',
      run: () => bench.canvas?.fit(),
    },
    {
      id: 'annotate.zoom-to',
      description: 'Zoom to what is selected',
      keys: 'Z',
      run: () => bench.canvas?.zoomTo(bench.selection),
    },
    {
      id: 'annotate.zoom-in',
      description: 'Zoom in (or turn the wheel)',
      keys: ['+', '='],
      isOnlyKey: true,
      run: () => bench.canvas?.zoomBy(1.25),
    },
    {
      id: 'annotate.zoom-out',
      description: 'Zoom out',
      keys: '-',
      isOnlyKey: true,
      run: () => bench.canvas?.zoomBy(0.8),
    },
    {
      id: 'annotate.pan',
      description: 'Hold and drag: move the picture',
      keys: 'Space',
      isOnlyKey: true,
      run: () => false,
    },
    {
      id: 'annotate.names',
      description: 'Names beside the marks',
      keys: 'N',
      run: () => (preferences.namesShown = !preferences.namesShown),
    },
    {
      id: 'annotate.masks-fainter',
      description: 'Masks fainter',
      keys: 'O',
      isOnlyKey: true,
      run: () => (preferences.maskOpacity -= opacityStep),
    },
    {
      id: 'annotate.masks-stronger',
      description: 'Masks stronger',
      keys: 'Shift+O',
      isOnlyKey: true,
      run: () => (preferences.maskOpacity += opacityStep),
    },
    {
      id: 'annotate.show-all',
      description: 'Show all hidden marks',
      keys: 'Alt+H',
      run: () => bench.toggleHidden(bench.marks?.shapes.filter(({ isHidden }) => isHidden) ?? []),
    },
    {
      id: 'annotate.cycle',
      description: 'Next mark',
      keys: 'Tab',
      isOnlyKey: true,
      run: () => isFree() && bench.cycle(1),
    },
    {
      id: 'annotate.cycle-back',
      description: 'Previous mark',
      keys: 'Shift+Tab',
      isOnlyKey: true,
      run: () => isFree() && bench.cycle(-1),
    },
    {
      id: 'annotate.select-all',
      description: 'Select all marks',
      keys: 'Mod+A',
      run: () => bench.select(bench.marks?.shapes.map(({ id }) => id) ?? []),
    },
  ];
}

function markKeys(bench: Workbench): Act[] {
  const nudge =
    (by: number) =>
    (event?: KeyboardEvent): boolean => {
      const [dx, dy] = directions[event?.key ?? ''] ?? [0, 0];
      return isFree() && (bench.canvas?.nudge(dx * by, dy * by) ?? false);
    };
  return [
    {
      id: 'annotate.delete',
      description: 'Delete',
      keys: ['Delete', 'Backspace'],
      run: () => bench.canvas?.removeSelection(),
    },
    {
      id: 'annotate.duplicate',
      description: 'Duplicate',
      keys: 'Mod+D',
      run: () => bench.duplicateSelection(),
    },
    {
      id: 'annotate.copy',
      description: 'Copy, to paste on any picture',
      keys: 'Mod+C',
      isOnlyKey: true,
      // The browser's own event follows.
      run: () => false,
    },
    {
      id: 'annotate.lock',
      description: 'Lock or unlock',
      keys: 'L',
      run: () => bench.toggleLock(),
    },
    {
      id: 'annotate.hide',
      description: 'Hide or show',
      keys: 'H',
      run: () => bench.toggleHidden(),
    },
    {
      id: 'annotate.forward',
      description: 'Bring forward',
      keys: ['PageUp', 'Mod+]'],
      run: () => bench.stack('forward'),
    },
    {
      id: 'annotate.backward',
      description: 'Send backward',
      keys: ['PageDown', 'Mod+['],
      run: () => bench.stack('backward'),
    },
    {
      id: 'annotate.front',
      description: 'Bring to front',
      keys: 'Shift+PageUp',
      run: () => bench.stack('front'),
    },
    {
      id: 'annotate.back',
      description: 'Send to back',
      keys: 'Shift+PageDown',
      run: () => bench.stack('back'),
    },
    {
      id: 'annotate.nudge',
      description: 'Move by a pixel',
      keys: Object.keys(directions),
      isOnlyKey: true,
      run: nudge(1),
    },
    {
      id: 'annotate.nudge-far',
      description: 'Move by ten pixels',
      keys: Object.keys(directions).map((key) => `Shift+${key}`),
      isOnlyKey: true,
      run: nudge(10),
    },
  ];
}

function draftKeys(bench: Workbench): Shortcut[] {
  const isActive = (): boolean => bench.drafts.length > 0;
  const scope = 'Suggestions';
  return [
    {
      id: 'annotate.accept',
      scope,
      description: 'Accept the suggestion, go to the next',
      keys: 'Enter',
      isActive,
      isOnlyKey: true,
      run: () => isFree() && bench.settleDrafts('accept'),
    },
    {
      id: 'annotate.accept-all',
      scope,
      description: 'Accept all suggestions',
      isActive,
      run: () => bench.accept(bench.drafts),
    },
    {
      id: 'annotate.reject-all',
      scope,
      description: 'Reject all suggestions',
      isActive,
      run: () => bench.reject(bench.drafts),
    },
  ];
}

function toolKeys({ bench, canOutline }: KeyContext): Shortcut[] {
  return toolOrder.map((id) => ({
    id: `annotate.tool.${id}`,
    scope: 'Tools',
    description: toolFacts[id].name,
    keys: toolFacts[id].key,
    isActive: () => bench.canvas !== null && (id !== 'segment' || canOutline()),
    run: () => {
      bench.tool = id;
    },
  }));
}

function labelKeys(bench: Workbench): Shortcut[] {
  const digits = [1, 2, 3, 4, 5, 6, 7, 8, 9];
  return digits.map((digit) => ({
    id: `annotate.label.${digit}`,
    scope: 'Labels',
    get description() {
      return `Label: ${bench.labels.list[digit - 1]?.name ?? ''}`;
    },
    keys: String(digit),
    isActive: () => bench.canvas !== null && bench.labels.list[digit - 1] !== undefined,
    run: () => bench.chooseLabel(bench.labels.list[digit - 1]?.id ?? null),
  }));
}
