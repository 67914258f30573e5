/**
 * The connector of LLaVA: an MLP from the tower's channels to the language
 * model's. `mlp2x_gelu` is linear, GELU, linear; `linear` is one map.
 * @source arXiv:2304.08485 (linear), arXiv:2310.03744 (MLP)
 */
import { Linear } from '../nn/linear.ts';
import type { WeightScope } from '../nn/weights.ts';
import { activation } from '../tensor/ops/index.ts';
import type { ActivationKind } from '../tensor/ops/index.ts';
import { scoped } from '../tensor/scope.ts';
import type { Tensor } from '../tensor/tensor.ts';

export interface ProjectorConfig {
  readonly inputSize: number;
  readonly outputSize: number;
  readonly bias: boolean;
  /** Between the two maps; null for the one-map projector. */
  readonly activation: ActivationKind | null;
}

/** From image features to the language model's embeddings. Other families bring other connectors. */
export interface Connector {
  /** @param features [R, inputSize] @returns [R, outputSize] */
  forward(features: Tensor): Tensor;
}

export class MultiModalProjector implements Connector {
  readonly #first: Linear;
  readonly #second: Linear | null;
  readonly #activation: ActivationKind | null;

  constructor(scope: WeightScope, config: ProjectorConfig) {
    const { inputSize, outputSize, bias } = config;
    this.#first = new Linear(scope.at('linear_1'), inputSize, outputSize, bias);
    this.#second =
      config.activation === null
        ? null
        : new Linear(scope.at('linear_2'), outputSize, outputSize, bias);
    this.#activation = config.activation;
  }

  forward(features: Tensor): Tensor {
    return scoped(() => {
      const first = this.#first.forward(features);
      if (this.#second === null || this.#activation === null) return first;
      return this.#second.forward(activation(first, this.#activation));
    });
  }
}
