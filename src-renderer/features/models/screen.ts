import Boxes from '@lucide/svelte/icons/boxes';
import type { Screen } from '../../shell/screen.ts';

export const modelsScreen: Screen = {
  id: 'models',
  title: 'Models',
  icon: Boxes,
  routes: ['/models'],
  load: () => import('./ModelsScreen.svelte'),
  order: 70,
  keys: 'G M',
  worksWithoutProject: true,
};
