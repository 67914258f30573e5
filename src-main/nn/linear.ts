import { add, linear, loraLinear, quantizedLinear } from '../tensor/ops/index.ts';
import type { ValueDType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { LoraAdapter } from './lora.ts';
import type { Parameter } from './parameter.ts';
import type { WeightScope } from './weights.ts';

/** Affine map y = x · weightᵀ + bias, with an optional low-rank adapter beside it. */
export class Linear {
  readonly path: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** [outFeatures, inFeatures] */
  readonly weight: Parameter;
  /** [outFeatures] */
  readonly bias: Parameter | null;
  adapter: LoraAdapter | null = null;

  constructor(scope: WeightScope, inFeatures: number, outFeatures: number, bias: boolean) {
    this.path = scope.path;
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.weight = scope.parameter('weight', [outFeatures, inFeatures]);
    this.bias = bias ? scope.parameter('bias', [outFeatures], 'zeros') : null;
    scope.register(this);
  }

  /**
   * @param x     [N, inFeatures] f32 | bf16
   * @param dtype of the result
   * @returns     [N, outFeatures]
   */
  forward(x: Tensor, dtype: ValueDType = 'f32'): Tensor {
    return this.#map(x, this.bias?.value ?? null, dtype);
  }

  /**
   * sum + forward(x), in one pass over the result where one op can do it.
   * @param sum [N, outFeatures] f32
   * @returns   a tensor of its own
   */
  addTo(sum: Tensor, x: Tensor): Tensor {
    const isOneOp = this.bias === null && this.adapter?.dropsInputs !== true;
    return isOneOp ? this.#map(x, sum, 'f32') : add(sum, this.forward(x));
  }

  #map(x: Tensor, bias: Tensor | null, dtype: ValueDType): Tensor {
    const { adapter, weight } = this;
    const isPlain = weight.quantization === null;
    if (adapter !== null && !adapter.dropsInputs) {
      const lowRank = { a: adapter.a.value, b: adapter.b.value, scale: adapter.options.scale };
      return loraLinear(x, isPlain ? weight.value : weight.matrix, lowRank, bias, dtype);
    }
    const base = isPlain
      ? linear(x, weight.value, bias, dtype)
      : quantizedLinear(x, weight.matrix, bias, dtype);
    return adapter === null ? base : adapter.apply(x, base);
  }
}
