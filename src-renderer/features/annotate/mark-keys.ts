import { isFree } from './key-focus.ts';
import type { Act } from './key-focus.ts';
import type { Workbench } from './workbench.svelte.ts';

const directions: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Keys that change the marks that are selected. */
export function markKeys(bench: Workbench): Act[] {
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
      isFixed: true,
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
      isFixed: true,
      isOnlyKey: true,
      run: nudge(1),
    },
    {
      id: 'annotate.nudge-far',
      description: 'Move by ten pixels',
      keys: Object.keys(directions).map((key) => `Shift+${key}`),
      isFixed: true,
      isOnlyKey: true,
      run: nudge(10),
    },
  ];
}
