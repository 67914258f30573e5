import { LensmithError } from '../base/errors.ts';
import { argmax, copyInto, mean, sample } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { GenerationSettings } from './settings.ts';

type ChoiceSettings = Pick<
  GenerationSettings,
  'doSample' | 'temperature' | 'topK' | 'topP' | 'repetitionPenalty' | 'seed'
>;

/** The first token of an answer. */
export interface FirstToken {
  /** [1] i32, for the next step. */
  readonly token: Tensor;
  /** Rejects with generation/not-finite where the prompt's logits are no numbers. */
  readonly id: Promise<number>;
}

/**
 * Chooses tokens on the device: the chosen id is the next step's input before
 * the host has seen it. With a repetition penalty it keeps what has been seen,
 * prompt included.
 */
export class TokenChooser implements Disposable {
  readonly #settings: ChoiceSettings;
  readonly #history: Tensor | null;
  #length: number;
  #draws = 0;

  /** @param capacity prompt and new tokens together */
  constructor(settings: ChoiceSettings, promptIds: Int32Array, capacity: number) {
    this.#settings = settings;
    this.#length = promptIds.length;
    if (settings.repetitionPenalty === 1) {
      this.#history = null;
    } else {
      const ids = new Int32Array(capacity).fill(-1);
      ids.set(promptIds);
      this.#history = Tensor.from(ids, [1, capacity], 'i32').keep();
    }
  }

  /** @param logits [1, V] f32 @returns [1] i32 */
  choose(logits: Tensor): Tensor {
    const { doSample, temperature, topK, topP, repetitionPenalty, seed } = this.#settings;
    if (!doSample && this.#history === null) return argmax(logits);
    const stream = this.#draws++;
    const chosen = sample(logits, this.#history, {
      temperature: doSample ? temperature : 1,
      topK: doSample ? Math.min(topK, logits.dim(1)) : 1,
      topP: doSample ? topP : 1,
      repetitionPenalty,
      seed,
      stream,
    });
    if (this.#history !== null) {
      using place = this.#history.viewAs([1], [1], this.#length++);
      copyInto(chosen, place);
    }
    return chosen;
  }

  /**
   * The same after a prompt, read at once: a model that holds what is no number would answer nothing
   * of sense, and never say why.
   */
  first(logits: () => Tensor): FirstToken {
    const [token, average] = scoped((): [Tensor, Tensor] => {
      const found = logits();
      return [this.choose(found), mean(found, 1)];
    });
    const id = idOf(token, average).finally(() => average.dispose());
    return { token, id };
  }

  [Symbol.dispose](): void {
    this.#history?.dispose();
  }
}

async function idOf(token: Tensor, average: Tensor): Promise<number> {
  // Both are asked for before any work that comes later.
  const [id, found] = await Promise.all([token.item(), average.item()]);
  if (Number.isFinite(found)) return id;
  throw new LensmithError('generation/not-finite', 'The model answers with what is no number.', {
    expected: 'finite logits after the prompt',
    got: String(found),
    hint: 'Its weights hold values that are not finite, or f16 was too small for them: download the folder again, or take the checkpoint before.',
  });
}
