import { isFree } from './key-focus.ts';
import type { Act } from './key-focus.ts';
import { preferences } from './preferences.svelte.ts';
import type { Workbench } from './workbench.svelte.ts';
import { texts } from './texts/index.ts';

const opacityStep = 0.1;

/** Keys that change how the picture is seen, and which mark is meant. */
export function viewKeys(bench: Workbench): Act[] {
  return [
    {
      id: 'annotate.fit',
      description: () => texts().keys.fit,
      keys: '0',
      run: () => bench.canvas?.fit(),
    },
    {
      id: 'annotate.zoom-to',
      description: () => texts().keys.zoomTo,
      keys: 'Z',
      run: () => bench.canvas?.zoomTo(bench.selection),
    },
    {
      id: 'annotate.zoom-in',
      description: () => texts().keys.zoomIn,
      keys: ['+', '='],
      isOnlyKey: true,
      run: () => bench.canvas?.zoomBy(1.25),
    },
    {
      id: 'annotate.zoom-out',
      description: () => texts().keys.zoomOut,
      keys: '-',
      isOnlyKey: true,
      run: () => bench.canvas?.zoomBy(0.8),
    },
    {
      id: 'annotate.pan',
      description: () => texts().keys.pan,
      keys: 'Space',
      isFixed: true,
      isOnlyKey: true,
      run: () => false,
    },
    {
      id: 'annotate.names',
      description: () => texts().keys.names,
      keys: 'N',
      run: () => (preferences.namesShown = !preferences.namesShown),
    },
    {
      id: 'annotate.masks-fainter',
      description: () => texts().keys.fainter,
      keys: 'O',
      isOnlyKey: true,
      run: () => (preferences.maskOpacity -= opacityStep),
    },
    {
      id: 'annotate.masks-stronger',
      description: () => texts().keys.stronger,
      keys: 'Shift+O',
      isOnlyKey: true,
      run: () => (preferences.maskOpacity += opacityStep),
    },
    {
      id: 'annotate.show-all',
      description: () => texts().keys.showAll,
      keys: 'Alt+H',
      run: () => bench.toggleHidden(bench.marks?.shapes.filter(({ isHidden }) => isHidden) ?? []),
    },
    {
      id: 'annotate.cycle',
      description: () => texts().keys.cycle,
      keys: 'Tab',
      isOnlyKey: true,
      run: () => isFree() && bench.cycle(1),
    },
    {
      id: 'annotate.cycle-back',
      description: () => texts().keys.cycleBack,
      keys: 'Shift+Tab',
      isOnlyKey: true,
      run: () => isFree() && bench.cycle(-1),
    },
    {
      id: 'annotate.select-all',
      description: () => texts().keys.selectAll,
      keys: 'Mod+A',
      run: () => bench.select(bench.marks?.shapes.map(({ id }) => id) ?? []),
    },
  ];
}
