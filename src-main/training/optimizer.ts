/**
 * AdamW over the trained weights, with one gradient norm over all of them.
 * @source arXiv:1711.05101; numerics as torch.optim.AdamW and clip_grad_norm_
 */
import type { Gradients } from '../autograd/gradients.ts';
import { LensmithError } from '../base/errors.ts';
import { adamwInPlace, cast, clipCoefficientInto, sumSquaresInto } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Trainable } from './parts.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Largest norm of all gradients together; 0 leaves them as they are. */
  readonly maxGradNorm: number;
}

export const adamWDefaults = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

/** What AdamW keeps of one weight; it begins with the weight's first gradient, as in torch. */
export interface AdamWState {
  readonly m: Tensor;
  readonly v: Tensor;
  /** f32 copy of a 16-bit weight. */
  readonly master: Tensor | null;
  /** Updates done. */
  step: number;
}

/** The gradients of one step, measured; given to `apply` or disposed. */
export interface MeasuredGradients extends Disposable {
  /** Euclidean norm over all of them, before clipping. */
  readonly norm: number;
  readonly gradients: ReadonlyMap<Trainable, Tensor>;
  /** [1] f32 */
  readonly coefficient: Tensor;
}

export class AdamW implements Disposable {
  readonly trainables: readonly Trainable[];
  readonly settings: AdamWSettings;
  readonly #states = new Map<string, AdamWState>();

  constructor(trainables: readonly Trainable[], settings: AdamWSettings) {
    this.trainables = trainables;
    this.settings = settings;
  }

  /** By the weights' names. */
  get states(): ReadonlyMap<string, AdamWState> {
    return this.#states;
  }

  /** Takes the state of a checkpoint; the tensors are owned from now on. */
  restore(name: string, state: AdamWState): void {
    this.#disposeState(name);
    this.#states.set(name, state);
  }

  /**
   * Takes the gradients of the trained weights and measures them. Weights that got
   * none are left alone by the step: no decay either.
   */
  async measure(found: Gradients): Promise<MeasuredGradients> {
    const gradients = new Map<Trainable, Tensor>();
    for (const trainable of this.trainables) {
      const gradient = found.take(trainable.parameter.value.id);
      if (gradient !== null) gradients.set(trainable, gradient);
    }
    const result = Tensor.empty([2]).keep();
    try {
      scoped(() => {
        const squares = Tensor.zeros([Math.max(1, gradients.size)]);
        let slot = 0;
        for (const gradient of gradients.values()) sumSquaresInto(gradient, squares, slot++);
        clipCoefficientInto(squares, result, this.settings.maxGradNorm);
      });
      const [norm] = await result.readFloats();
      const coefficient = result.viewAs([1], [1], 1).keep();
      return {
        norm: norm as number,
        gradients,
        coefficient,
        [Symbol.dispose]() {
          coefficient.dispose();
          for (const gradient of gradients.values()) gradient.dispose();
        },
      };
    } catch (error) {
      for (const gradient of gradients.values()) gradient.dispose();
      throw error;
    } finally {
      result.dispose();
    }
  }

  /** One update. @param rateOf learning rate of a weight */
  apply(measured: MeasuredGradients, rateOf: (trainable: Trainable) => number): void {
    const { beta1, beta2, eps, weightDecay } = this.settings;
    for (const [trainable, grad] of measured.gradients) {
      const state = this.#stateOf(trainable);
      state.step += 1;
      adamwInPlace({
        param: trainable.parameter.value,
        grad,
        m: state.m,
        v: state.v,
        master: state.master,
        gradScale: measured.coefficient,
        learningRate: rateOf(trainable),
        beta1,
        beta2,
        eps,
        weightDecay: trainable.decayed ? weightDecay : 0,
        step: state.step,
      });
    }
  }

  #stateOf({ name, parameter }: Trainable): AdamWState {
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const made: Tensor[] = [];
    try {
      made.push(Tensor.zeros(parameter.shape).keep(), Tensor.zeros(parameter.shape).keep());
      if (parameter.dtype !== 'f32') made.push(cast(parameter.value, 'f32').keep());
    } catch (error) {
      for (const tensor of made) tensor.dispose();
      throw error;
    }
    const [m, v, master = null] = made as [Tensor, Tensor, Tensor?];
    const state = { m, v, master, step: 0 };
    this.#states.set(name, state);
    return state;
  }

  #disposeState(name: string): void {
    const state = this.#states.get(name);
    state?.m.dispose();
    state?.v.dispose();
    state?.master?.dispose();
    this.#states.delete(name);
  }

  [Symbol.dispose](): void {
    for (const name of [...this.#states.keys()]) this.#disposeState(name);
  }
}

/** @throws training/nothing-trains */
export function requireTrainables(trainables: readonly Trainable[]): void {
  if (trainables.length > 0) return;
  throw new LensmithError('training/nothing-trains', 'These settings train nothing.', {
    hint: 'Name a part with --train, or target modules for the adapters.',
  });
}
