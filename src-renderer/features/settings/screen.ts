import Settings from '@lucide/svelte/icons/settings';
import { footOrder } from '../../shell/screen.ts';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const settingsScreen: Screen = {
  id: 'settings',
  title: () => texts().title,
  icon: Settings,
  routes: ['/settings'],
  load: () => import('./SettingsScreen.svelte'),
  order: footOrder,
  keys: 'Mod+,',
  worksWithoutProject: true,
};
