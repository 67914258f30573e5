import { layerNorm, rmsNorm } from '../tensor/ops/index.ts';
import type { ValueDType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Parameter } from './parameter.ts';
import type { WeightScope } from './weights.ts';

/** y = x / sqrt(mean(x²) + eps) · weight over the last axis. @source arXiv:1910.07467 */
export class RmsNorm {
  readonly weight: Parameter;
  readonly #eps: number;

  constructor(scope: WeightScope, size: number, eps: number) {
    this.weight = scope.parameter('weight', [size], 'ones');
    this.#eps = eps;
  }

  /** @param x [N, size] @param dtype of the result */
  forward(x: Tensor, dtype: ValueDType = 'f32'): Tensor {
    return rmsNorm(x, this.weight.value, this.#eps, dtype);
  }
}

/** y = (x − mean) / sqrt(var + eps) · weight + bias over the last axis. @source arXiv:1607.06450 */
export class LayerNorm {
  readonly weight: Parameter;
  readonly bias: Parameter;
  readonly #eps: number;

  constructor(scope: WeightScope, size: number, eps: number) {
    this.weight = scope.parameter('weight', [size], 'ones');
    this.bias = scope.parameter('bias', [size], 'zeros');
    this.#eps = eps;
  }

  /** @param x [N, size] @param dtype of the result */
  forward(x: Tensor, dtype: ValueDType = 'f32'): Tensor {
    return layerNorm(x, this.weight.value, this.bias.value, this.#eps, dtype);
  }
}
