import type { MediaPart, Message, Part } from '../../formats/sample.ts';
import { generate } from '../../generation/generate.ts';
import type { Generation } from '../../generation/generate.ts';
import { imageFeatures } from '../../generation/image-features.ts';
import type { GenerationSettings } from '../../generation/settings.ts';
import { concat } from '../../tensor/ops/index.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { pixelBatch } from '../session/session.ts';
import type { Session } from '../session/session.ts';

export interface AskOptions {
  /** Over the model folder's own settings. */
  readonly settings?: Partial<GenerationSettings>;
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A conversation that grows; pictures pass the vision tower once. */
export class Chat implements Disposable {
  readonly #session: Session;
  #messages: readonly Message[] = [];
  #attached: readonly MediaPart[] = [];
  #features: Tensor | null = null;

  constructor(session: Session) {
    this.#session = session;
  }

  get messages(): readonly Message[] {
    return this.#messages;
  }

  /** Pictures and clips that go with the next question. */
  get attached(): readonly MediaPart[] {
    return this.#attached;
  }

  /**
   * Puts a picture or clip before the next question; it is decoded now, so that
   * a wrong file is met here.
   * @throws the errors of DiskMediaReader.read
   */
  async attach(part: MediaPart, signal?: AbortSignal): Promise<void> {
    await this.#session.media.read(part, signal);
    this.#attached = [...this.#attached, part];
  }

  reset(): void {
    this.#messages = [];
    this.#attached = [];
    this[Symbol.dispose]();
  }

  /**
   * Asks with what is attached. The question and the answer become part of the
   * conversation only when the answer is whole.
   * @throws job/cancelled, and the errors of generate
   */
  async ask(text: string, options: AskOptions = {}): Promise<Generation> {
    const { loaded, processor, media, settings } = this.#session;
    const { signal } = options;
    const content: Part[] = [...this.#attached, { type: 'text', text }];
    const messages: Message[] = [...this.#messages, { role: 'user', content }];
    const prompt = await processor.prepare({ id: 'the conversation', messages }, media, {
      addGenerationPrompt: true,
      signal,
    });
    await this.#seeNewImages(prompt, signal);
    const generation = await generate(
      loaded.model,
      processor.tokenizer,
      { inputIds: prompt.inputIds, images: this.#features },
      { ...settings, ...options.settings },
      { onToken: (_, piece) => options.onText?.(piece), signal },
    );
    const answer: Part = { type: 'text', text: generation.text.trim() };
    this.#messages = [...messages, { role: 'assistant', content: [answer] }];
    this.#attached = [];
    return generation;
  }

  /** Appends the features of images that came since the last question. */
  async #seeNewImages(
    prompt: Parameters<typeof pixelBatch>[0],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { loaded, processor } = this.#session;
    const known = this.#features ? this.#features.dim(0) / processor.tokensPerImage : 0;
    // After a question that was cancelled there may be more than the conversation holds.
    if (known > prompt.imageCount) this[Symbol.dispose]();
    const seen = this.#features ? known : 0;
    const pixels = prompt.imageCount > seen ? await pixelBatch(prompt, processor, signal) : null;
    if (pixels === null) return;
    const [images, ...shape] = pixels.shape;
    const data = pixels.data.subarray((pixels.data.length / images) * seen);
    using fresh = imageFeatures(loaded.model, { data, shape: [images - seen, ...shape] });
    if (fresh === null) return;
    const all = this.#features ? concat([this.#features, fresh], 0) : fresh.alias();
    this.#features?.dispose();
    this.#features = all;
  }

  [Symbol.dispose](): void {
    this.#features?.dispose();
    this.#features = null;
  }
}
