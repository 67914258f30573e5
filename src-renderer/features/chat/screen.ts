import BotMessageSquare from '@lucide/svelte/icons/bot-message-square';
import type { Screen } from '../../shell/screen.ts';

export const chatScreen: Screen = {
  id: 'chat',
  title: 'Chat',
  icon: BotMessageSquare,
  routes: ['/chat', '/chat/:chatId'],
  load: () => import('./ChatScreen.svelte'),
  order: 60,
  keys: 'G C',
};
