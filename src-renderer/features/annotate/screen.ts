import PenTool from '@lucide/svelte/icons/pen-tool';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const annotateScreen: Screen = {
  id: 'annotate',
  title: () => texts().title,
  icon: PenTool,
  routes: ['/annotate', '/annotate/:itemId'],
  load: () => import('./AnnotateScreen.svelte'),
  order: 20,
  keys: 'G A',
  listActs: async () => {
    const [{ annotateKeys }, { Workbench }, { listVideoKeys }] = await Promise.all([
      import('./keys.ts'),
      import('./workbench.svelte.ts'),
      import('./video/listed-keys.ts'),
    ]);
    const bench = new Workbench();
    const ofPictures = annotateKeys({ bench, go: () => undefined, canOutline: () => false });
    return [...ofPictures, ...listVideoKeys()];
  },
};
