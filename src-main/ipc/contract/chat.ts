/** Talking to a model: to the base, to the tuned one, or to both side by side. */
import * as v from 'valibot';
import { command } from './command.ts';
import { itemPart, modelRef, textPart } from './content.ts';
import { seenImage } from './preflight.ts';
import { errorWire } from './wire.ts';

const id = v.pipe(v.number(), v.integer());

/** Text, and pictures and videos of the library. */
export const question = v.pipe(
  v.array(v.variant('type', [textPart, itemPart])),
  v.minLength(1),
  v.maxLength(1000),
);
export type Question = v.InferOutput<typeof question>;

export const side = v.picklist(['base', 'tuned']);
export type Side = v.InferOutput<typeof side>;

/** How answers are written; null: as the model's folder says. */
export const answerSettings = v.object({
  temperature: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(10))),
  /** Chosen among so many of the likeliest; 0: among all. */
  topK: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1_000_000))),
  topP: v.nullable(v.pipe(v.number(), v.gtValue(0), v.maxValue(1))),
  maxNewTokens: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(100_000))),
  /** Always the most likely token. */
  greedy: v.boolean(),
  /** null: another one for each answer. */
  seed: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0))),
});
export type AnswerSettings = v.InferOutput<typeof answerSettings>;

export const chatSettings = v.object({
  base: modelRef,
  /** The model to compare with: the base with an adapter on it, or another folder. */
  tuned: v.nullable(modelRef),
  view: v.picklist(['base', 'tuned', 'side-by-side']),
  answers: answerSettings,
});
export type ChatSettings = v.InferOutput<typeof chatSettings>;

export const answerState = v.picklist(['waiting', 'answering', 'done', 'stopped', 'failed']);

/** Alternatives of one place of the conversation: an edited question, an answer written anew. */
const alternatives = v.object({
  /** From 0. */
  index: v.number(),
  count: v.number(),
  previousId: v.nullable(v.number()),
  nextId: v.nullable(v.number()),
});
export type Alternatives = v.InferOutput<typeof alternatives>;

export const answer = v.object({
  id,
  side,
  text: v.string(),
  state: answerState,
  /** Of the model that wrote it. */
  modelName: v.string(),
  newTokens: v.nullable(v.number()),
  promptTokens: v.nullable(v.number()),
  prefillTokensPerSecond: v.nullable(v.number()),
  decodeTokensPerSecond: v.nullable(v.number()),
  stopReason: v.nullable(v.picklist(['stop', 'length', 'context', 'cancelled'])),
  error: v.nullable(errorWire),
  /** The training sample that was made of it by fixing it. */
  sampleId: v.nullable(v.number()),
  alternatives,
});
export type Answer = v.InferOutput<typeof answer>;

/** A question and what was answered: one answer a side that was asked. */
export const turn = v.object({
  id,
  content: question,
  alternatives,
  answers: v.array(answer),
});
export type Turn = v.InferOutput<typeof turn>;

export const chatSummary = v.object({
  id,
  title: v.string(),
  updatedMs: v.number(),
  turns: v.number(),
});
export type ChatSummary = v.InferOutput<typeof chatSummary>;

export const chat = v.object({
  id,
  title: v.string(),
  settings: chatSettings,
  /** Sides whose model is not on the disk now. */
  gone: v.array(side),
  /** The conversation as it stands: of alternatives, the chosen ones. */
  turns: v.array(turn),
});
export type Chat = v.InferOutput<typeof chat>;

/** Pictures and frames of a question, as a model gets them. */
export const seen = v.object({ images: v.array(seenImage), more: v.number() });
export type Seen = v.InferOutput<typeof seen>;

const inChat = v.object({ chatId: id });

export const chatCommands = {
  /** Latest first; with words, those that hold them in their name, a question or an answer. */
  'chat.list': command(
    v.object({ words: v.optional(v.pipe(v.string(), v.trim(), v.maxLength(500)), '') }),
    v.array(chatSummary),
  ),
  'chat.create': command(
    v.object({ base: modelRef, tuned: v.optional(v.nullable(modelRef), null) }),
    chat,
  ),
  'chat.read': command(inChat, chat),
  'chat.update': command(
    v.object({
      chatId: id,
      title: v.optional(v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))),
      settings: v.optional(v.partial(chatSettings)),
    }),
    chat,
  ),
  /** Off the list; `chat.restore` brings it back until the project is closed. */
  'chat.remove': command(inChat, v.null()),
  'chat.restore': command(inChat, v.null()),
  /**
   * Asks after a turn (null: the first question) and begins the answers of the sides in view; they
   * come as `chat.piece` and `chat.changed`. Where that turn has a next one already, the question
   * becomes an alternative to it: so an edited question forks what follows.
   */
  'chat.ask': command(
    v.object({ chatId: id, afterTurnId: v.nullable(id), content: question }),
    chat,
  ),
  /** Another answer of a side to a question; one that failed is replaced. */
  'chat.answer': command(v.object({ chatId: id, turnId: id, side }), chat),
  /** Ends the answers that are being written; what was said stays. */
  'chat.stop': command(inChat, v.null()),
  /** Takes an alternative, of a question or of an answer. */
  'chat.choose': command(v.object({ chatId: id, messageId: id }), chat),
  'chat.seen': command(v.object({ chatId: id, turnId: id, side }), seen),
  /** Makes a training sample: the conversation so far, with these words as the answer. */
  'chat.fix': command(
    v.object({
      chatId: id,
      answerId: id,
      text: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(2_000_000)),
    }),
    v.object({ sampleId: id, itemId: v.nullable(id) }),
  ),
};

export const chatEvents = {
  /** The next piece of an answer that is being written; `from`: characters that stand before it. */
  'chat.piece': v.object({ chatId: id, answerId: id, from: v.number(), text: v.string() }),
  /** Read it again; null: the list. */
  'chat.changed': v.object({ chatId: v.nullable(id) }),
};
