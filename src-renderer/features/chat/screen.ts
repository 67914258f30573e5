import MessagesSquare from '@lucide/svelte/icons/messages-square';
import type { Screen } from '../../shell/screen.ts';

export const chatScreen: Screen = {
  id: 'chat',
  title: 'Chat',
  icon: MessagesSquare,
  routes: ['/chat', '/chat/:chatId'],
  load: () => import('./ChatScreen.svelte'),
  order: 60,
  keys: 'G C',
};
