import Scale from '@lucide/svelte/icons/scale';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const evaluateScreen: Screen = {
  id: 'evaluate',
  title: () => texts().title,
  icon: Scale,
  routes: [
    '/evaluate',
    '/evaluate/:evaluationId',
    '/evaluate/:evaluationId/vote',
    '/evaluate/:evaluationId/report',
  ],
  load: () => import('./EvaluateScreen.svelte'),
  order: 50,
  keys: 'G E',
};
