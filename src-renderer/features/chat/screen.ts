import BotMessageSquare from '@lucide/svelte/icons/bot-message-square';
import type { Screen } from '../../shell/screen.ts';
import { texts } from './texts/index.ts';

export const chatScreen: Screen = {
  id: 'chat',
  title: () => texts().title,
  icon: BotMessageSquare,
  routes: ['/chat', '/chat/:chatId'],
  load: () => import('./ChatScreen.svelte'),
  order: 60,
  keys: 'G C',
};
