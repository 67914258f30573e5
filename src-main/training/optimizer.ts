/**
 * AdamW over the trained weights, with one gradient norm over all of them.
 * @source arXiv:1711.05101; numerics as torch.optim.AdamW and clip_grad_norm_
 */
import type { Gradients } from '../autograd/gradients.ts';
import { LensmithError } from '../base/errors.ts';
import { deviceInfo } from '../tensor/device.ts';
import type { DType } from '../tensor/dtype.ts';
import {
  adamw8bitInPlace,
  adamwInPlace,
  clipCoefficientInto,
  sumSquaresInto,
} from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Place } from '../tensor/tensor.ts';
import { AdamWState, stateLayout } from './optimizer-state.ts';
import type { OptimizerMemory, OptimizerName, StatePart } from './optimizer-state.ts';
import type { Trainable } from './parts.ts';
import type { TrainingSettings } from './settings.ts';

export interface AdamWSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  readonly weightDecay: number;
  /** Largest norm of all gradients together; 0 leaves them as they are. */
  readonly maxGradNorm: number;
  /** How moments are kept; `adamw` when nothing is said. */
  readonly optimizer?: OptimizerName;
  /** Where they lie; `auto` when nothing is said. */
  readonly memory?: OptimizerMemory;
  /** Told once, when `auto` took them off the device. */
  readonly onLeaveDevice?: () => void;
}

export const adamWDefaults = { beta1: 0.9, beta2: 0.999, eps: 1e-8 } as const;

/** Those of a run. */
export function optimizerSettings({
  weightDecay,
  maxGradNorm,
  optimizer,
  optimizerMemory,
}: TrainingSettings): AdamWSettings {
  return { ...adamWDefaults, weightDecay, maxGradNorm, optimizer, memory: optimizerMemory };
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
  /** Where state is made from now on. */
  #place: Place;

  constructor(trainables: readonly Trainable[], settings: AdamWSettings) {
    this.trainables = trainables;
    this.settings = settings;
    this.#place = settings.memory === 'host' ? 'host' : 'device';
  }

  /** By the weights' names. */
  get states(): ReadonlyMap<string, AdamWState> {
    return this.#states;
  }

  /**
   * Takes the state of a checkpoint, wherever it lay when that was written.
   * @param read one of its tensors, in memory of its own
   * @throws the errors of `read`
   */
  async restore(
    { name, parameter }: Trainable,
    step: number,
    read: (part: StatePart, dtype: DType, place: Place) => Promise<Tensor>,
  ): Promise<void> {
    const state = await this.withRoom(async () => {
      const tensors = new Map<StatePart, Tensor>();
      try {
        for (const { part, dtype } of stateLayout(parameter, this.#optimizer)) {
          tensors.set(part, await read(part, dtype, this.#place));
        }
      } catch (error) {
        for (const tensor of tensors.values()) tensor.dispose();
        throw error;
      }
      return new AdamWState(tensors, step);
    }, true);
    this.#states.get(name)?.[Symbol.dispose]();
    this.#states.set(name, state);
  }

  /**
   * Runs `work`; when it finds no memory on the device, the state leaves it and `work` runs once
   * more. A run then goes on, though more slowly, where it would have ended.
   * @param makesState `work` makes state, so leaving helps although none is there yet
   */
  async withRoom<T>(work: () => Promise<T>, makesState = false): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (!this.#leavesDevice(error, makesState)) throw error;
      return work();
    }
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
      const update = {
        param: trainable.parameter.value,
        grad,
        m: state.part('m'),
        v: state.part('v'),
        master: state.tensors.get('master') ?? null,
        gradScale: measured.coefficient,
        learningRate: rateOf(trainable),
        beta1,
        beta2,
        eps,
        weightDecay: trainable.decayed ? weightDecay : 0,
        step: state.step,
      };
      const mScale = state.tensors.get('m_scale');
      if (mScale === undefined) adamwInPlace(update);
      else adamw8bitInPlace({ ...update, mScale, vScale: state.part('v_scale') });
    }
  }

  get #optimizer(): OptimizerName {
    return this.settings.optimizer ?? 'adamw';
  }

  #stateOf({ name, parameter }: Trainable): AdamWState {
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const first = (): AdamWState => AdamWState.first(parameter.value, this.#optimizer, this.#place);
    let state: AdamWState;
    try {
      state = first();
    } catch (error) {
      if (!this.#leavesDevice(error, true)) throw error;
      state = first();
    }
    this.#states.set(name, state);
    return state;
  }

  /**
   * After an error for want of memory: moves what there is of state off the device, where it may.
   * @returns whether that made a difference
   */
  #leavesDevice(error: unknown, makesState: boolean): boolean {
    const isFull = error instanceof LensmithError && error.code === 'memory/out-of-memory';
    const mayLeave = (this.settings.memory ?? 'auto') === 'auto' && this.#place === 'device';
    const hasOwnMemory = deviceInfo().memoryBytes > 0;
    if (!isFull || !mayLeave || !hasOwnMemory) return false;
    if (this.#states.size === 0 && !makesState) return false;
    this.#place = 'host';
    for (const state of this.#states.values()) state.moveToHost();
    this.settings.onLeaveDevice?.();
    return true;
  }

  [Symbol.dispose](): void {
    for (const state of this.#states.values()) state[Symbol.dispose]();
    this.#states.clear();
  }
}

/** @throws training/nothing-trains */
export function requireTrainables(trainables: readonly Trainable[]): void {
  if (trainables.length > 0) return;
  throw new LensmithError('training/nothing-trains', 'These settings train nothing.', {
    hint: 'Name a part with --train, or target modules for the adapters.',
  });
}
