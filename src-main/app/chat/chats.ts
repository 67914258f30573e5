/** The chats of the open project: what they hold, what is asked in them, what is made of an answer. */
import { randomInt } from 'node:crypto';
import { resolve } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import type { Message } from '../../formats/sample.ts';
import type {
  AnswerSettings,
  Chat,
  ChatSettings,
  Question,
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
import { createSample } from '../conversations/edit-samples.ts';
import { renderSample } from '../conversations/render-sample.ts';
import type { AppContext } from '../core/context.ts';
import { modelLabel } from '../models/known-models.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { Answering } from './answering.ts';
import { interrupted } from './answering.ts';
import {
  chosenTurns,
  historyOf,
  newAnswerFacts,
  readAnswerText,
  readFacts,
} from './conversation-tree.ts';
import type { HistoryTurn } from './conversation-tree.ts';

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
    return { id: chatId, title, settings, turns };
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

  /**
   * The conversation up to an answer, with other words in its place, as a sample of the project; what
   * the model said is kept as the answer that was not chosen.
   */
  fix(chatId: number, answerId: number, text: string): { sampleId: number; itemId: number | null } {
    const { store } = this.#project;
    const messages = readMessages(store, chatId);
    const row = messages.find(({ id }) => id === answerId);
    if (row === undefined || row.side === null || row.parentId === null) throw missing('answer');
    const history = historyOf(messages, row.parentId, row.side);
    const wrong = readAnswerText(row);
    const itemIds = itemsOf(history);
    const sampleId = createSample(store, this.#context.now, {
      kind: 'conversation',
      items: itemIds.map((itemId) => ({ itemId, sampling: null })),
      turns: [
        ...history.map((turn) => ({ ...turn, content: [...turn.content] })),
        {
          role: 'assistant',
          content: [{ type: 'text', text }],
          rejected: wrong === '' || wrong === text ? null : [{ type: 'text', text: wrong }],
        },
      ],
      source: 'chat',
    });
    const factsJson = JSON.stringify({ ...readFacts(row), sampleId });
    writeMessage(store, { id: answerId, contentJson: row.contentJson, factsJson });
    this.#changed(chatId);
    return { sampleId, itemId: itemIds[0] ?? null };
  }

  /** Answers whose process ended in the middle: they say so, and can be tried again. */
  settleInterrupted(project: OpenProject): void {
    for (const row of unfinishedAnswers(project.store)) {
      const factsJson = JSON.stringify({ ...readFacts(row), ...interrupted });
      writeMessage(project.store, { id: row.id, contentJson: row.contentJson, factsJson });
    }
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

/** What the model reads: pictures by their files. */
function messagesFor(project: OpenProject, history: readonly HistoryTurn[]): Message[] {
  const ids = itemsOf(history);
  const items = new Map(
    readItems(project.store, ids).map((item) => [
      item.id,
      { ...item, path: resolve(project.folder, item.path) },
    ]),
  );
  const sources = {
    item: (id: number) => items.get(id),
    // Questions speak of no marks; see the contract.
    mark: () => undefined,
  };
  const sample = { items: ids.map((itemId) => ({ itemId, sampling: null })), turns: history };
  return renderSample(sample, sources, 'normalized-box');
}

function itemsOf(history: readonly HistoryTurn[]): number[] {
  const ids = history.flatMap(({ content }) =>
    content.flatMap((part) => (part.type === 'item' ? [part.itemId] : [])),
  );
  return [...new Set(ids)];
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

function missing(what: string): LensmithError {
  return new LensmithError('chat/missing', `This ${what} is no longer there.`, {
    hint: 'It was deleted meanwhile; the rest of the conversation is as it was.',
  });
}
