import { isFree } from './key-focus.ts';
import type { Act } from './key-focus.ts';
import { preferences } from './preferences.svelte.ts';
import type { Workbench } from './workbench.svelte.ts';

const opacityStep = 0.1;

/** Keys that change how the picture is seen, and which mark is meant. */
export function viewKeys(bench: Workbench): Act[] {
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
      isFixed: true,
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
