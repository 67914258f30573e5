import type { ChatSettings } from '../../ipc/contract/chat.ts';
import {
  chooseMessage,
  emptyChatTrash,
  insertChat,
  listChats,
  trashChat,
} from '../../store/chats.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { Answering } from './answering.ts';
import { Chats } from './chats.ts';
import { fixAnswer } from './fix-answer.ts';

const defaultAnswers: ChatSettings['answers'] = {
  temperature: null,
  topK: null,
  topP: null,
  maxNewTokens: null,
  greedy: false,
  seed: null,
};

export function chatFeature(context: AppContext): Feature<FeatureCommands<'chat'>> {
  const { projects, events, now } = context;
  const answering = new Answering(context);
  const chats = new Chats(context, answering);
  const store = () => projects.current.store;
  const trash = (chatId: number, atMs: number | null): null => {
    trashChat(store(), chatId, atMs);
    events.emit('chat.changed', { chatId: null });
    return null;
  };
  return {
    onOpened(project) {
      emptyChatTrash(project.store);
      chats.settleInterrupted(project);
    },
    onClosing: () => answering.stopAll(),
    handlers: {
      'chat.list': ({ words }) =>
        listChats(store(), words).map(({ questions, ...chat }) => ({ ...chat, turns: questions })),
      'chat.create': ({ base, tuned }) => {
        const view = tuned === null ? 'base' : 'side-by-side';
        const settings: ChatSettings = { base, tuned, view, answers: defaultAnswers };
        const chatId = insertChat(store(), JSON.stringify(settings), now());
        events.emit('chat.changed', { chatId: null });
        return chats.read(chatId);
      },
      'chat.read': ({ chatId }) => chats.read(chatId),
      'chat.update': ({ chatId, title, settings }) => {
        chats.update(chatId, title, settings ?? {});
        if (title !== undefined) events.emit('chat.changed', { chatId: null });
        return chats.read(chatId);
      },
      'chat.remove': async ({ chatId }) => {
        await answering.stop(chatId);
        return trash(chatId, now());
      },
      'chat.restore': ({ chatId }) => trash(chatId, null),
      'chat.ask': async ({ chatId, afterTurnId, content }) => {
        await chats.ask(chatId, afterTurnId, content);
        return chats.read(chatId);
      },
      'chat.answer': async ({ chatId, turnId, side }) => {
        await chats.answer(chatId, turnId, side);
        return chats.read(chatId);
      },
      'chat.stop': async ({ chatId }) => {
        await answering.stop(chatId);
        return null;
      },
      'chat.choose': ({ chatId, messageId }) => {
        chooseMessage(store(), messageId);
        events.emit('chat.changed', { chatId });
        return chats.read(chatId);
      },
      'chat.fix': (fix) => {
        const made = fixAnswer(projects.current, now, fix);
        events.emit('chat.changed', { chatId: fix.chatId });
        return made;
      },
      'chat.seen': ({ chatId, turnId, side }, { signal }) =>
        chats.seen(chatId, turnId, side, signal),
    },
  };
}
