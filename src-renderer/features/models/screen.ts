import Boxes from '@lucide/svelte/icons/boxes';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const modelsScreen: Screen = {
  id: 'models',
  title: () => texts().title,
  icon: Boxes,
  routes: ['/models', '/models/:place'],
  load: () => import('./ModelsScreen.svelte'),
  order: 70,
  keys: 'G M',
  worksWithoutProject: true,
};
