/** The chats of the open project: what they hold, what is asked in them, what is made of an answer. */
import { randomInt } from 'node:crypto';
import { existsSync } from 'node:fs';
import type {
  AnswerSettings,
  Chat,
  ChatSettings,
  Question,
  Seen,
  Side,
} from '../../ipc/contract/chat.ts';
import type { ModelRef } from '../../ipc/contract/content.ts';
import {
  deleteMessage,
  insertMessage,
  readChat,
  readMessages,
  touchChat,
  unfinishedAnswers,
  writeChat,
  writeMessage,
} from '../../store/chats.ts';
import type { MessageRow } from '../../store/chats.ts';
import { readItems } from '../../store/items.ts';
import type { AppContext } from '../core/context.ts';
import { modelLabel } from '../models/known-models.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { Answering } from './answering.ts';
import { interrupted } from './answering.ts';
import { messagesFor } from './chat-messages.ts';
import { missing } from './chat-missing.ts';
import {
  chosenTurns,
  historyOf,
  newAnswerFacts,
  readFacts,
  readQuestion,
} from './conversation-tree.ts';

const longestTitle = 80;
/** Of an answer that is asked for anew where nothing was set: a greedy model would say the same again. */
const temperatureAnew = 1;

export class Chats {
  readonly #context: AppContext;
  readonly #answering: Answering;

  constructor(context: AppContext, answering: Answering) {
    this.#context = context;
    this.#answering = answering;
  }

  get #project(): OpenProject {
    return this.#context.projects.current;
  }

  /** @throws chat/missing */
  read(chatId: number): Chat {
    const { title, settings } = this.#facts(chatId);
    const turns = chosenTurns(readMessages(this.#project.store, chatId)).map((turn) => ({
      ...turn,
      answers: turn.answers.map((answer) => {
        const live = this.#answering.live(answer.id);
        return live === undefined ? answer : { ...answer, ...live.facts, text: live.text };
      }),
    }));
    return { id: chatId, title, settings, gone: goneSides(settings), turns };
  }

  update(
    chatId: number,
    title: string | undefined,
    part: { readonly [K in keyof ChatSettings]?: ChatSettings[K] | undefined },
  ): void {
    const before = this.#facts(chatId);
    const given = Object.entries(part).filter(([, value]) => value !== undefined);
    const merged = { ...before.settings, ...Object.fromEntries(given) } as ChatSettings;
    const settings = merged.tuned === null ? { ...merged, view: 'base' as const } : merged;
    const settingsJson = JSON.stringify(settings);
    writeChat(this.#project.store, { id: chatId, title: title ?? before.title, settingsJson });
    this.#changed(chatId);
  }

  /** @param afterTurnId null: as the first question */
  async ask(chatId: number, afterTurnId: number | null, content: Question): Promise<void> {
    const { store } = this.#project;
    const { title, settings } = this.#facts(chatId);
    const messages = readMessages(store, chatId);
    if (afterTurnId !== null) questionOf(messages, afterTurnId);
    this.#requireItems(content);
    const turnId = insertMessage(store, {
      chatId,
      parentId: afterTurnId,
      role: 'user',
      side: null,
      contentJson: JSON.stringify(content),
      factsJson: '{}',
    });
    if (title === '') {
      const settingsJson = JSON.stringify(settings);
      writeChat(store, { id: chatId, title: titleOf(content), settingsJson });
    }
    touchChat(store, chatId, this.#context.now());
    const sides: readonly Side[] =
      settings.view === 'side-by-side' ? ['base', 'tuned'] : [settings.view];
    for (const side of sides) await this.#begin(chatId, turnId, side, settings.answers);
    this.#changed(chatId);
    this.#context.events.emit('chat.changed', { chatId: null });
  }

  /** Another answer; one that failed makes room for it. */
  async answer(chatId: number, turnId: number, side: Side): Promise<void> {
    const { store } = this.#project;
    const { settings } = this.#facts(chatId);
    const messages = readMessages(store, chatId);
    const before = messages.filter((row) => row.parentId === turnId && row.side === side);
    questionOf(messages, turnId);
    const failed = before.filter((row) => readFacts(row).state === 'failed');
    for (const { id } of failed) deleteMessage(store, id);
    const isAnew = failed.length < before.length;
    const { answers } = settings;
    const temperature = answers.temperature ?? (isAnew && !answers.greedy ? temperatureAnew : null);
    await this.#begin(chatId, turnId, side, { ...answers, temperature });
    this.#changed(chatId);
  }

  /** Answers whose process ended in the middle: they say so, and can be tried again. */
  settleInterrupted(project: OpenProject): void {
    for (const row of unfinishedAnswers(project.store)) {
      const factsJson = JSON.stringify({ ...readFacts(row), ...interrupted });
      writeMessage(project.store, { id: row.id, contentJson: row.contentJson, factsJson });
    }
  }

  /**
   * The pictures and frames of a question as the model of a side gets them.
   * @throws chat/missing, the errors of the preflight task
   */
  async seen(chatId: number, turnId: number, side: Side, signal: AbortSignal): Promise<Seen> {
    const project = this.#project;
    const row = questionOf(readMessages(project.store, chatId), turnId);
    const content = readQuestion(row).filter(({ type }) => type === 'item');
    if (content.length === 0) return { images: [], more: 0 };
    const { dir } = this.#modelOf(chatId, side);
    const messages = messagesFor(project, [{ role: 'user', content }]);
    const { pictures, morePictures, tokensPerImage } = await this.#context.workers.engine.run(
      'preflight',
      { modelDir: dir, messages },
      { signal },
    );
    return {
      images: pictures.map(({ name, timeMs, width, height, url }) => ({
        ...{ itemId: null, name, original: null, timeMs, width, height, url },
        tokens: tokensPerImage,
      })),
      more: morePictures,
    };
  }

  async #begin(
    chatId: number,
    turnId: number,
    side: Side,
    settings: AnswerSettings,
  ): Promise<void> {
    const project = this.#project;
    const model = this.#modelOf(chatId, side);
    const modelName = await modelLabel(this.#context, model);
    const answerId = insertMessage(project.store, {
      chatId,
      parentId: turnId,
      role: 'assistant',
      side,
      contentJson: JSON.stringify(''),
      factsJson: JSON.stringify({ ...newAnswerFacts, modelName }),
    });
    this.#answering.begin({
      project,
      chatId,
      answerId,
      side,
      model,
      modelName,
      settings,
      seed: settings.seed ?? randomInt(2 ** 31),
      messages: () => {
        const messages = readMessages(project.store, chatId);
        return messagesFor(project, historyOf(messages, turnId, side));
      },
    });
  }

  #modelOf(chatId: number, side: Side): ModelRef {
    const { base, tuned } = this.#facts(chatId).settings;
    return side === 'tuned' && tuned !== null ? tuned : base;
  }

  #facts(chatId: number): { readonly title: string; readonly settings: ChatSettings } {
    const row = readChat(this.#project.store, chatId);
    if (row === undefined) throw missing('chat');
    return { title: row.title, settings: JSON.parse(row.settingsJson) as ChatSettings };
  }

  #requireItems(content: Question): void {
    const ids = [...new Set(content.flatMap((part) => (part.type === 'item' ? part.itemId : [])))];
    if (readItems(this.#project.store, ids).length < ids.length) throw missing('picture');
  }

  #changed(chatId: number): void {
    this.#context.events.emit('chat.changed', { chatId });
  }
}

function goneSides({ base, tuned }: ChatSettings): Side[] {
  const isGone = ({ dir, adapter }: ModelRef): boolean =>
    !existsSync(dir) || (adapter !== null && !existsSync(adapter));
  const gone: Side[] = isGone(base) ? ['base'] : [];
  return tuned !== null && isGone(tuned) ? [...gone, 'tuned'] : gone;
}

function questionOf(messages: readonly MessageRow[], id: number): MessageRow {
  const row = messages.find((message) => message.id === id && message.role === 'user');
  if (row === undefined) throw missing('question');
  return row;
}

function titleOf(content: Question): string {
  const words = content
    .flatMap((part) => (part.type === 'text' ? [part.text] : []))
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
  const letters = [...words];
  if (letters.length === 0) return 'Pictures';
  return letters.length <= longestTitle ? words : `${letters.slice(0, longestTitle - 1).join('')}…`;
}
