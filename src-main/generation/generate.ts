import { LensmithError, cancelledError } from '../base/errors.ts';
import type { Llava } from '../models/llava.ts';
import type { KeyValueCache } from '../nn/key-value-cache.ts';
import { packSequences } from '../nn/sequence.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import { StreamingDecoder } from '../tokenizers/streaming-decoder.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { cancellable } from './cancel.ts';
import { TokenChooser } from './choose-token.ts';
import { imageFeatures } from './image-features.ts';
import { RepeatedStep } from './repeated-step.ts';
import type { PixelBatch } from './image-features.ts';
import { requireAnswerable } from './settings.ts';
import type { GenerationSettings } from './settings.ts';

/** What the model continues. */
export interface GenerationPrompt {
  /** [T] image tokens written out in full. */
  readonly inputIds: Int32Array;
  /** Pixel values, or their vision features [B·tokensPerImage, C], or null without images. */
  readonly images: PixelBatch | Tensor | null;
}

export interface GenerationOptions {
  /** Go on after a stop token. */
  readonly ignoreEos?: boolean;
  /** False computes the whole sequence again for every token: the oracle of the cache. */
  readonly useCache?: boolean;
  /** Called for every token as it comes; `text` is what it completes and may be empty. */
  readonly onToken?: ((id: number, text: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** `stop`: a stop token came; `length`: maxNewTokens; `context`: the model's positions are used up. */
export type FinishReason = 'stop' | 'length' | 'context';

export interface Generation {
  /** A stop token included. */
  readonly newTokenIds: readonly number[];
  /** Without special tokens. */
  readonly text: string;
  /** Prompt tokens over the time to the first new token, vision tower included. */
  readonly prefillTokensPerSecond: number;
  /** Over the tokens after the first; null when there is only one. */
  readonly decodeTokensPerSecond: number | null;
  readonly finishReason: FinishReason;
}

/**
 * Continues a prompt. The prompt passes once, its keys and values stay, and
 * every further token costs one row; logits exist for the last row only.
 * @throws generation/context-full  the prompt leaves no position for a new token
 * @throws generation/not-finite the model's weights give no numbers
 * @throws generation/bad-config, generation/undone, models/image-token-mismatch, job/cancelled
 */
export async function generate(
  model: Llava,
  tokenizer: Tokenizer,
  prompt: GenerationPrompt,
  settings: GenerationSettings,
  options: GenerationOptions = {},
): Promise<Generation> {
  requireAnswerable(settings);
  const room = roomForTokens(model, prompt.inputIds.length, settings.maxNewTokens);
  return cancellable(options.signal, 'Generation', async () => {
    using pass = new GenerationPass(model, prompt, settings, room, options.useCache ?? true);
    return await decodeLoop(pass, tokenizer, settings, room, options);
  });
}

/** @throws generation/context-full the prompt leaves no position for a new token */
export function roomForTokens(model: Llava, promptTokens: number, wanted: number): number {
  const positions = model.languageModel.config.maxPositions;
  if (promptTokens > 0 && promptTokens < positions)
    return Math.min(wanted, positions - promptTokens);
  throw new LensmithError('generation/context-full', 'The prompt leaves no room for an answer.', {
    expected: `1 to ${positions - 1} tokens`,
    got: `${promptTokens}`,
    hint: 'Shorten the conversation, or use fewer images or video frames.',
  });
}

async function decodeLoop(
  pass: GenerationPass,
  tokenizer: Tokenizer,
  settings: GenerationSettings,
  room: number,
  options: GenerationOptions,
): Promise<Generation> {
  const decoder = new StreamingDecoder(tokenizer, { skipSpecialTokens: true });
  const stops = new Set(options.ignoreEos ? [] : settings.stopTokenIds);
  const newTokenIds: number[] = [];
  let text = '';
  const started = performance.now();
  let firstAt = started;
  let reading = pass.first();
  for (;;) {
    // The next step is queued before this token is read, so the device never waits for the host.
    const more = newTokenIds.length + 1 < room;
    const next = more && pass.cached ? pass.next() : null;
    // Both may reject when the work is cancelled; only the first is awaited.
    next?.catch(() => undefined);
    const id = await reading;
    if (options.signal?.aborted) throw cancelledError('Generation');
    newTokenIds.push(id);
    if (newTokenIds.length === 1) firstAt = performance.now();
    const done = stops.has(id) || !more;
    const piece = decoder.push(id) + (done ? decoder.flush() : '');
    text += piece;
    options.onToken?.(id, piece);
    if (done) break;
    reading = next ?? pass.next(id);
  }
  const decodeSeconds = (performance.now() - firstAt) / 1000;
  return {
    newTokenIds,
    text,
    prefillTokensPerSecond: pass.promptTokens / ((firstAt - started) / 1000),
    decodeTokensPerSecond: newTokenIds.length > 1 ? (newTokenIds.length - 1) / decodeSeconds : null,
    finishReason: finishReason(stops.has(newTokenIds.at(-1) as number), room, settings),
  };
}

export function finishReason(
  stopped: boolean,
  room: number,
  settings: GenerationSettings,
): FinishReason {
  if (stopped) return 'stop';
  return room < settings.maxNewTokens ? 'context' : 'length';
}

/** The state of one answer on the device: cache, features, the last token. */
class GenerationPass implements Disposable {
  readonly promptTokens: number;
  readonly #model: Llava;
  readonly #chooser: TokenChooser;
  readonly #cache: KeyValueCache | null;
  #step: RepeatedStep | null = null;
  readonly #images: GenerationPrompt['images'];
  readonly #ownsFeatures: boolean;
  #features: Tensor | null = null;
  #ids: Int32Array;
  #last: Tensor | null = null;

  constructor(
    model: Llava,
    prompt: GenerationPrompt,
    settings: GenerationSettings,
    room: number,
    useCache: boolean,
  ) {
    this.#model = model;
    this.#ids = prompt.inputIds;
    this.promptTokens = prompt.inputIds.length;
    this.#images = prompt.images;
    this.#ownsFeatures = !(prompt.images instanceof Tensor);
    const capacity = this.promptTokens + room;
    this.#chooser = new TokenChooser(settings, prompt.inputIds, capacity);
    try {
      this.#cache = useCache ? model.languageModel.newCache(capacity) : null;
    } catch (error) {
      this.#chooser[Symbol.dispose]();
      throw error;
    }
  }

  get cached(): boolean {
    return this.#cache !== null;
  }

  /** Queues the prompt; resolves with the first new token. */
  first(): Promise<number> {
    const images = this.#images;
    const features =
      images === null || images instanceof Tensor ? images : imageFeatures(this.#model, images);
    this.#features = features;
    const { token, id } = this.#chooser.first(() => this.#model.logits(this.#wholeSequence()));
    this.#last = token;
    return id;
  }

  /**
   * Queues the step after the last queued one; resolves with its token.
   * @param id the last token, for the pass without a cache, which starts from the host
   */
  next(id?: number): Promise<number> {
    if (this.#cache !== null) {
      const step = (this.#step ??= new RepeatedStep(this.#model, this.#cache));
      return this.#choose(() => step.next(this.#last as Tensor));
    }
    this.#ids = Int32Array.from([...this.#ids, id as number]);
    return this.#choose(() => this.#model.logits(this.#wholeSequence()));
  }

  #choose(logits: () => Tensor): Promise<number> {
    const token = scoped(() => this.#chooser.choose(logits()));
    this.#last?.dispose();
    this.#last = token;
    return token.item();
  }

  /** [1, D] hidden state of the last token of all. */
  #wholeSequence(): Tensor {
    using sequences = packSequences([this.#ids.length]);
    const inputs = { inputIds: this.#ids, sequences, features: this.#features };
    const rows = Int32Array.of(this.#ids.length - 1);
    const last = this.#model.hidden(inputs, { cache: this.#cache, rows });
    if (this.#cache !== null) this.#releaseFeatures();
    return last;
  }

  #releaseFeatures(): void {
    if (this.#ownsFeatures) this.#features?.dispose();
    this.#features = null;
  }

  [Symbol.dispose](): void {
    this.#releaseFeatures();
    this.#last?.dispose();
    this.#step?.[Symbol.dispose]();
    this.#cache?.[Symbol.dispose]();
    this.#chooser[Symbol.dispose]();
  }
}
