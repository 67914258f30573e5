/** Writes answers, one after another in a chat, and keeps what was said however it ends. */
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import type { AnswerSettings, Side } from '../../ipc/contract/chat.ts';
import type { ModelRef } from '../../ipc/contract/content.ts';
import type { Message } from '../../formats/sample.ts';
import { writeMessage } from '../../store/chats.ts';
import type { AppContext } from '../core/context.ts';
import type { GenerateOutput } from '../generate/generate-task.ts';
import type { OpenProject } from '../project/open-project.ts';
import { newAnswerFacts } from './conversation-tree.ts';
import type { AnswerFacts } from './conversation-tree.ts';

export interface AnswerRequest {
  readonly project: OpenProject;
  readonly chatId: number;
  /** Row that is there already, in state `waiting`. */
  readonly answerId: number;
  readonly side: Side;
  readonly model: ModelRef;
  readonly modelName: string;
  readonly settings: AnswerSettings;
  readonly seed: number;
  /** Read when its turn comes: the answer before may be part of it. */
  readonly messages: () => readonly Message[];
}

interface Live {
  text: string;
  facts: AnswerFacts;
}

interface ChatAtWork {
  readonly controller: AbortController;
  end: Promise<void>;
}

const tellEveryMs = 40;
/** A process that is killed loses so much of what was said at most. */
const saveEveryMs = 1000;

export class Answering {
  readonly #context: AppContext;
  readonly #chats = new Map<number, ChatAtWork>();
  readonly #live = new Map<number, Live>();

  constructor(context: AppContext) {
    this.#context = context;
  }

  /** What an answer that waits or is being written looks like now. */
  live(answerId: number): Readonly<Live> | undefined {
    return this.#live.get(answerId);
  }

  begin(request: AnswerRequest): void {
    const { chatId, answerId, modelName } = request;
    this.#live.set(answerId, { text: '', facts: { ...newAnswerFacts, modelName } });
    const atWork = this.#queueOf(chatId);
    const end = atWork.end
      .then(() => this.#write(request, atWork.controller.signal))
      .catch((error: unknown) => this.#context.log(`chat ${chatId}: ${String(error)}`))
      .then(() => {
        if (this.#chats.get(chatId)?.end === end) this.#chats.delete(chatId);
      });
    atWork.end = end;
  }

  /** What was stopped may still be ending; what is asked after it waits for that, and is not stopped. */
  #queueOf(chatId: number): ChatAtWork {
    const known = this.#chats.get(chatId);
    if (known !== undefined && !known.controller.signal.aborted) return known;
    const atWork = { controller: new AbortController(), end: known?.end ?? Promise.resolve() };
    this.#chats.set(chatId, atWork);
    return atWork;
  }

  /** Ends the answers of a chat. */
  async stop(chatId: number): Promise<void> {
    const atWork = this.#chats.get(chatId);
    if (atWork === undefined) return;
    atWork.controller.abort();
    await atWork.end;
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#chats.keys()].map((chatId) => this.stop(chatId)));
  }

  async #write(request: AnswerRequest, signal: AbortSignal): Promise<void> {
    const { answerId, model, settings, seed } = request;
    const live = this.#live.get(answerId) as Live;
    const teller = new Teller(this.#context, request);
    const hear = (text: string): void => {
      const whole = live.text + text;
      live.text = live.text === '' ? whole.trimStart() : whole;
      live.facts = { ...live.facts, state: 'answering' };
      teller.told(live);
    };
    try {
      signal.throwIfAborted();
      const output = await this.#context.workers.engine.run(
        'generate',
        { model, messages: request.messages(), settings: wantedSettings(settings, seed) },
        { signal, onProgress: ({ text }) => hear(text) },
      );
      live.text = output.text;
      live.facts = { ...live.facts, ...factsOf(output) };
    } catch (thrown) {
      live.facts = { ...live.facts, ...outcomeOf(thrown, signal) };
    } finally {
      teller.close();
      save(request, live);
      this.#live.delete(answerId);
      this.#context.events.emit('chat.changed', { chatId: request.chatId });
    }
  }
}

function save({ project, answerId }: AnswerRequest, { text, facts }: Live): void {
  writeMessage(project.store, {
    id: answerId,
    contentJson: JSON.stringify(text),
    factsJson: JSON.stringify(facts),
  });
}

/** Passes pieces on, a few times a second rather than at every token, and saves now and then. */
class Teller {
  readonly #context: AppContext;
  readonly #request: AnswerRequest;
  #told = 0;
  #saved: number;
  #timer: NodeJS.Timeout | null = null;
  #latest: Live | null = null;

  constructor(context: AppContext, request: AnswerRequest) {
    this.#context = context;
    this.#request = request;
    this.#saved = context.now();
  }

  told(live: Live): void {
    if (this.#latest === null) {
      this.#context.events.emit('chat.changed', { chatId: this.#request.chatId });
    }
    this.#latest = live;
    this.#timer ??= setTimeout(() => this.#tell(), tellEveryMs);
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #tell(): void {
    this.#timer = null;
    const live = this.#latest;
    if (live === null) return;
    const { chatId, answerId } = this.#request;
    const text = live.text.slice(this.#told);
    this.#context.events.emit('chat.piece', { chatId, answerId, from: this.#told, text });
    this.#told = live.text.length;
    if (this.#context.now() - this.#saved < saveEveryMs) return;
    this.#saved = this.#context.now();
    save(this.#request, live);
  }
}

function wantedSettings(settings: AnswerSettings, seed: number) {
  return {
    temperature: settings.temperature ?? undefined,
    topK: settings.topK ?? undefined,
    topP: settings.topP ?? undefined,
    maxNewTokens: settings.maxNewTokens ?? undefined,
    greedy: settings.greedy ? true : undefined,
    seed,
  };
}

function factsOf(output: GenerateOutput): Partial<AnswerFacts> {
  const { newTokens, promptTokens, stopReason } = output;
  return {
    state: stopReason === 'cancelled' ? 'stopped' : 'done',
    newTokens,
    promptTokens,
    stopReason,
    prefillTokensPerSecond: output.prefillTokensPerSecond,
    decodeTokensPerSecond: output.decodeTokensPerSecond,
  };
}

function outcomeOf(thrown: unknown, signal: AbortSignal): Partial<AnswerFacts> {
  const error = asLensmithError(thrown);
  if (signal.aborted || error.code === 'job/cancelled') {
    return { state: 'stopped', stopReason: 'cancelled' };
  }
  return { state: 'failed', error: error.toJSON() };
}

/** What an answer becomes whose writer is gone. */
export const interrupted: Partial<AnswerFacts> = {
  state: 'failed',
  error: new LensmithError('chat/interrupted', 'Lensmith was closed while this was written.', {
    hint: 'What was said by then is kept. Try again for the whole answer.',
  }).toJSON(),
};
