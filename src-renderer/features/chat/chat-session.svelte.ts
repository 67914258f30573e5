/** One chat as a window follows it: read once, then kept up by the pieces and changes that the core tells. */
import type {
  Answer,
  Chat,
  ChatSettings,
  Question,
  Side,
} from '../../../src-main/ipc/contract/chat.ts';
import type { CommandName, InputOf, PayloadOf } from '../../../src-main/ipc/contract/index.ts';
import type { ErrorWire } from '../../../src-main/ipc/contract/wire.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';

export const isBusy = ({ state }: Answer): boolean => state === 'waiting' || state === 'answering';

type ChatAct = Extract<
  CommandName,
  'chat.read' | 'chat.ask' | 'chat.answer' | 'chat.choose' | 'chat.update'
>;

export class ChatSession {
  readonly chatId: number;
  chat: Chat | undefined = $state.raw();
  error: ErrorWire | null = $state.raw(null);
  #turn = 0;

  constructor(chatId: number) {
    this.chatId = chatId;
  }

  /** @returns the way to stop */
  follow(): () => void {
    const stops = [
      client.on('chat.piece', (piece) => {
        if (piece.chatId === this.chatId) this.#hear(piece);
      }),
      client.on('chat.changed', ({ chatId }) => {
        if (chatId === this.chatId) void this.#run('chat.read', { chatId });
      }),
      // A model of it may have gone, or be back.
      client.on('models.changed', () => {
        void this.#run('chat.read', { chatId: this.chatId });
      }),
      client.onConnection((isConnected) => {
        if (isConnected) void this.#run('chat.read', { chatId: this.chatId });
      }),
    ];
    return () => stops.forEach((stop) => stop());
  }

  get isAnswering(): boolean {
    return this.chat?.turns.some(({ answers }) => answers.some(isBusy)) ?? false;
  }

  ask(content: Question, afterTurnId: number | null): Promise<boolean> {
    return this.#run('chat.ask', { chatId: this.chatId, afterTurnId, content });
  }

  answer(turnId: number, side: Side): Promise<boolean> {
    return this.#run('chat.answer', { chatId: this.chatId, turnId, side });
  }

  choose(messageId: number): Promise<boolean> {
    return this.#run('chat.choose', { chatId: this.chatId, messageId });
  }

  write(settings: Partial<ChatSettings>): Promise<boolean> {
    return this.#run('chat.update', { chatId: this.chatId, settings });
  }

  rename(title: string): Promise<boolean> {
    return this.#run('chat.update', { chatId: this.chatId, title });
  }

  async stop(): Promise<void> {
    try {
      await client.call('chat.stop', { chatId: this.chatId });
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }

  /** An answer to an older question never replaces that to a newer one. */
  async #run<N extends ChatAct>(command: N, input: InputOf<N>): Promise<boolean> {
    const turn = ++this.#turn;
    try {
      const chat = (await client.call(command, input)) as Chat;
      if (turn === this.#turn) this.chat = chat;
      this.error = null;
      return true;
    } catch (thrown) {
      const error = errorWireOf(thrown);
      if (command === 'chat.read') this.error = error;
      else toasts.show(error.message, { tone: 'error' });
      return false;
    }
  }

  #hear({ answerId, from, text }: PayloadOf<'chat.piece'>): void {
    const { chat } = this;
    const heard = chat?.turns.flatMap(({ answers }) => answers).find(({ id }) => id === answerId);
    if (chat === undefined || heard === undefined || heard.text.length < from) {
      // Something before it was missed, or the answer is not known yet.
      void this.#run('chat.read', { chatId: this.chatId });
      return;
    }
    const now = { ...heard, state: 'answering' as const, text: heard.text.slice(0, from) + text };
    this.chat = {
      ...chat,
      turns: chat.turns.map((turn) => ({
        ...turn,
        answers: turn.answers.map((answer) => (answer.id === answerId ? now : answer)),
      })),
    };
  }
}
