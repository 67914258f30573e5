import { isFree } from './key-focus.ts';
import type { Act } from './key-focus.ts';
import type { Workbench } from './workbench.svelte.ts';
import { texts } from './texts/index.ts';

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
      description: () => texts().keys.delete,
      keys: ['Delete', 'Backspace'],
      run: () => bench.canvas?.removeSelection(),
    },
    {
      id: 'annotate.duplicate',
      description: () => texts().keys.duplicate,
      keys: 'Mod+D',
      run: () => bench.duplicateSelection(),
    },
    {
      id: 'annotate.copy',
      description: () => texts().keys.copy,
      keys: 'Mod+C',
      isFixed: true,
      isOnlyKey: true,
      // The browser's own event follows.
      run: () => false,
    },
    {
      id: 'annotate.lock',
      description: () => texts().keys.lock,
      keys: 'L',
      run: () => bench.toggleLock(),
    },
    {
      id: 'annotate.hide',
      description: () => texts().keys.hide,
      keys: 'H',
      run: () => bench.toggleHidden(),
    },
    {
      id: 'annotate.forward',
      description: () => texts().keys.forward,
      keys: ['PageUp', 'Mod+]'],
      run: () => bench.stack('forward'),
    },
    {
      id: 'annotate.backward',
      description: () => texts().keys.backward,
      keys: ['PageDown', 'Mod+['],
      run: () => bench.stack('backward'),
    },
    {
      id: 'annotate.front',
      description: () => texts().keys.front,
      keys: 'Shift+PageUp',
      run: () => bench.stack('front'),
    },
    {
      id: 'annotate.back',
      description: () => texts().keys.back,
      keys: 'Shift+PageDown',
      run: () => bench.stack('back'),
    },
    {
      id: 'annotate.nudge',
      description: () => texts().keys.nudge,
      keys: Object.keys(directions),
      isFixed: true,
      isOnlyKey: true,
      run: nudge(1),
    },
    {
      id: 'annotate.nudge-far',
      description: () => texts().keys.nudgeFar,
      keys: Object.keys(directions).map((key) => `Shift+${key}`),
      isFixed: true,
      isOnlyKey: true,
      run: nudge(10),
    },
  ];
}
