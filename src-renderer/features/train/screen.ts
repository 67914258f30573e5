import GraduationCap from '@lucide/svelte/icons/graduation-cap';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const trainScreen: Screen = {
  id: 'train',
  title: () => texts().title,
  icon: GraduationCap,
  routes: ['/train', '/train/:runId'],
  load: () => import('./TrainScreen.svelte'),
  order: 40,
  keys: 'G T',
};
