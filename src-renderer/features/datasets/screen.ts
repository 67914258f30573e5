import Layers from '@lucide/svelte/icons/layers';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const datasetsScreen: Screen = {
  id: 'datasets',
  title: () => texts().title,
  icon: Layers,
  routes: ['/datasets', '/datasets/:datasetId'],
  load: () => import('./DatasetsScreen.svelte'),
  order: 30,
  keys: 'G D',
};
