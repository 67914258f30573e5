import PenTool from '@lucide/svelte/icons/pen-tool';
import type { Screen } from '../../shell/screen.ts';

export const annotateScreen: Screen = {
  id: 'annotate',
  title: 'Annotate',
  icon: PenTool,
  routes: ['/annotate', '/annotate/:itemId'],
  load: () => import('./AnnotateScreen.svelte'),
  order: 20,
  keys: 'G A',
};
