import { cancelledError } from '../base/errors.ts';
import type { Llava } from '../models/llava.ts';
import type { BatchedKeyValueCache } from '../nn/key-value-cache.ts';
import { packSequences } from '../nn/sequence.ts';
import { argmax, copyInto, slice } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import { StreamingDecoder } from '../tokenizers/streaming-decoder.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { cancellable } from './cancel.ts';
import { TokenChooser } from './choose-token.ts';
import { finishReason, roomForTokens } from './generate.ts';
import type { Generation, GenerationPrompt } from './generate.ts';
import { imageFeatures } from './image-features.ts';
import { requireAnswerable } from './settings.ts';
import type { GenerationSettings } from './settings.ts';

/** Prompts that are continued together by default. */
const defaultSlots = 8;
/** What their keys and values may take; fewer are continued together where they need more. */
const defaultCacheBytes = 2 ** 30;

export type BatchedGeneration = Pick<Generation, 'newTokenIds' | 'text' | 'finishReason'>;

export interface BatchOptions {
  /** Prompts that are continued together, at most. */
  readonly slots?: number | undefined;
  readonly cacheBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Continues several prompts together: a step reads the weights once for all of them, which is what
 * decoding waits for. Each prompt passes alone; the place of an answer that ends is taken by the
 * next prompt at once. Every answer is what generate() gives for its prompt, up to the rounding of
 * matrix products of other heights.
 * @returns answers in the order of the prompts
 * @throws as generate()
 */
export async function generateBatch(
  model: Llava,
  tokenizer: Tokenizer,
  prompts: readonly GenerationPrompt[],
  settings: GenerationSettings,
  options: BatchOptions = {},
): Promise<BatchedGeneration[]> {
  requireAnswerable(settings);
  if (prompts.length === 0) return [];
  return cancellable(options.signal, 'Generation', async () => {
    using batch = new Batch(model, prompts, settings, options);
    const answers = new Array<BatchedGeneration>(prompts.length);
    while (!batch.isDone) {
      if (options.signal?.aborted) throw cancelledError('Generation');
      for (const answer of await batch.advance()) {
        answers[answer.index] = described(answer, tokenizer, settings);
      }
    }
    return answers;
  });
}

function described(
  { ids, room }: Answer,
  tokenizer: Tokenizer,
  settings: GenerationSettings,
): BatchedGeneration {
  const decoder = new StreamingDecoder(tokenizer, { skipSpecialTokens: true });
  const text = ids.map((id) => decoder.push(id)).join('') + decoder.flush();
  const stopped = settings.stopTokenIds.includes(ids.at(-1) as number);
  return { newTokenIds: ids, text, finishReason: finishReason(stopped, room, settings) };
}

/** An answer that is being written in a slot. */
interface Answer {
  readonly index: number;
  readonly slot: number;
  readonly room: number;
  readonly ids: number[];
  readonly chooser: TokenChooser;
}

class Batch implements Disposable {
  readonly #model: Llava;
  readonly #prompts: readonly GenerationPrompt[];
  readonly #settings: GenerationSettings;
  readonly #stops: ReadonlySet<number>;
  readonly #rooms: readonly number[];
  readonly #cache: BatchedKeyValueCache;
  readonly #freeSlots: number[];
  /** In the order of their slots. */
  #writing: Answer[] = [];
  #nextPrompt = 0;

  constructor(
    model: Llava,
    prompts: readonly GenerationPrompt[],
    settings: GenerationSettings,
    { slots = defaultSlots, cacheBytes = defaultCacheBytes }: BatchOptions,
  ) {
    this.#model = model;
    this.#prompts = prompts;
    this.#settings = settings;
    this.#stops = new Set(settings.stopTokenIds);
    this.#rooms = prompts.map(({ inputIds }) =>
      roomForTokens(model, inputIds.length, settings.maxNewTokens),
    );
    const capacity = Math.max(
      ...prompts.map(({ inputIds }, i) => inputIds.length + (this.#rooms[i] as number)),
    );
    const affordable = Math.floor(cacheBytes / (capacity * model.languageModel.cacheBytesPerToken));
    const count = Math.max(1, Math.min(slots, prompts.length, affordable));
    this.#cache = model.languageModel.newBatchedCache(count, capacity);
    this.#freeSlots = Array.from({ length: count }, (_, slot) => slot);
  }

  get isDone(): boolean {
    return this.#nextPrompt === this.#prompts.length && this.#writing.length === 0;
  }

  /** Lets prompts into free slots, then adds a token to every answer; resolves with those that end. */
  async advance(): Promise<Answer[]> {
    const admitted: Answer[] = [];
    while (this.#freeSlots.length > 0 && this.#nextPrompt < this.#prompts.length) {
      const answer = this.#admit(this.#freeSlots.shift() as number, this.#nextPrompt++);
      this.#writing.push(answer);
      admitted.push(answer);
      answer.ids.push(await this.#pass(answer));
    }
    const ended = this.#release(admitted);
    if (this.#writing.length > 0) {
      const ids = await this.#step();
      this.#writing.forEach((answer, i) => answer.ids.push(ids[i] as number));
      ended.push(...this.#release(this.#writing));
    }
    return ended;
  }

  #admit(slot: number, index: number): Answer {
    const { inputIds } = this.#prompts[index] as GenerationPrompt;
    const room = this.#rooms[index] as number;
    const chooser = new TokenChooser(this.#settings, inputIds, inputIds.length + room);
    return { index, slot, room, ids: [], chooser };
  }

  /** The prompt passes; resolves with the first new token. */
  #pass({ index, slot, chooser }: Answer): Promise<number> {
    const { inputIds, images } = this.#prompts[index] as GenerationPrompt;
    using cache = this.#cache.slot(slot);
    using sequences = packSequences([inputIds.length]);
    const { token, id } = chooser.first(() => {
      const features =
        images === null || images instanceof Tensor ? images : imageFeatures(this.#model, images);
      const rows = Int32Array.of(inputIds.length - 1);
      const last = this.#model.hidden({ inputIds, sequences, features }, { cache, rows });
      return this.#model.logits(last);
    });
    token.dispose();
    this.#cache.hold(slot, inputIds.length);
    return id;
  }

  /** One more token for every answer. */
  async #step(): Promise<ArrayLike<number>> {
    const answers = this.#writing.sort((a, b) => a.slot - b.slot);
    const slots = answers.map(({ slot }) => slot);
    const lengths = slots.map((slot) => this.#cache.length(slot));
    this.#cache.begin(slots);
    using sequences = packSequences(
      slots.map(() => 1),
      lengths,
    );
    using tokens = scoped(() => {
      const { languageModel } = this.#model;
      const last = Int32Array.from(answers, ({ ids }) => ids.at(-1) as number);
      const embedded = languageModel.embed(Tensor.from(last, [last.length], 'i32'));
      const hidden = languageModel.forward(embedded, sequences, { cache: this.#cache });
      return this.#choose(this.#model.logits(hidden), answers);
    });
    return await tokens.readInts();
  }

  #choose(logits: Tensor, answers: readonly Answer[]): Tensor {
    const { doSample, repetitionPenalty } = this.#settings;
    if (!doSample && repetitionPenalty === 1) return argmax(logits);
    // Each draws from a stream of its own, as it would alone.
    const chosen = Tensor.empty([answers.length], 'i32');
    for (const [i, { chooser }] of answers.entries()) {
      using place = chosen.viewAs([1], [1], i);
      copyInto(chooser.choose(slice(logits, 0, i, i + 1)), place);
    }
    return chosen;
  }

  /** Frees the slots of the answers that are complete. */
  #release(answers: readonly Answer[]): Answer[] {
    const ended = answers.filter(
      ({ ids, room }) => ids.length >= room || this.#stops.has(ids.at(-1) as number),
    );
    for (const { slot, chooser } of ended) {
      chooser[Symbol.dispose]();
      this.#freeSlots.push(slot);
    }
    this.#writing = this.#writing.filter((answer) => !ended.includes(answer));
    return ended;
  }

  [Symbol.dispose](): void {
    for (const { chooser } of this.#writing) chooser[Symbol.dispose]();
    this.#cache[Symbol.dispose]();
  }
}
