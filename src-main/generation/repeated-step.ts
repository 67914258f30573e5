import type { Llava } from '../models/llava.ts';
import type { KeyValueCache } from '../nn/key-value-cache.ts';
import { CommandList } from '../tensor/command-list.ts';
import { copyInto } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';

interface Recorded {
  readonly commands: CommandList;
  readonly logits: Tensor;
}

/**
 * The pass over one token after what a cache holds. It is the same ops for every token, so they are
 * asked for once: what differs, the token and its place, lies in tensors that they read.
 */
export class RepeatedStep implements Disposable {
  readonly #model: Llava;
  readonly #cache: KeyValueCache;
  /** [1] i32 */
  readonly #token: Tensor;
  /** [3] i32; see KeyValueCache.at(). */
  readonly #place: Tensor;
  /** [2] i32: one sequence of one row. */
  readonly #offsets: Tensor;
  #recorded: Recorded | null = null;

  constructor(model: Llava, cache: KeyValueCache) {
    const tensor = (values: readonly number[]): Tensor =>
      Tensor.from(values, [values.length], 'i32').keep();
    this.#model = model;
    this.#cache = cache;
    this.#token = tensor([0]);
    this.#place = tensor([0, 0, 0]);
    this.#offsets = tensor([0, 1]);
  }

  /**
   * Queues the pass; the cache then holds the token.
   * @param token [1] i32
   * @returns     [1, V] f32 logits, which the next call overwrites
   * @throws generation/context-full
   */
  next(token: Tensor): Tensor {
    this.#cache.requireRoom(1);
    const { length } = this.#cache;
    copyInto(token, this.#token);
    this.#place.write([length, 0, length + 1]);
    if (!this.#model.languageModel.isRepeatable) this.#forget();
    if (this.#recorded === null) {
      this.#recorded = this.#record(length);
    } else {
      this.#recorded.commands.replay();
      this.#cache.advance({ tokenCount: 1 });
    }
    return this.#recorded.logits;
  }

  #record(length: number): Recorded {
    const { languageModel } = this.#model;
    const { commands, result } = CommandList.record(() =>
      scoped(() => {
        const sequences = {
          tokenCount: 1,
          offsets: this.#offsets,
          positions: this.#place.viewAs([1], [1]),
          host: { offsets: Int32Array.of(0, 1), positions: Int32Array.of(length) },
          maxLength: length + 1,
          [Symbol.dispose]() {},
        };
        const cache = this.#cache.at(this.#place);
        const hidden = languageModel.forward(languageModel.embed(this.#token), sequences, {
          cache,
        });
        return this.#model.logits(hidden);
      }),
    );
    return { commands, logits: result.keep() };
  }

  #forget(): void {
    this.#recorded?.commands[Symbol.dispose]();
    this.#recorded?.logits.dispose();
    this.#recorded = null;
  }

  [Symbol.dispose](): void {
    this.#forget();
    for (const tensor of [this.#token, this.#place, this.#offsets]) tensor.dispose();
  }
}
