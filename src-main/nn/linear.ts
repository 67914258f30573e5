import { linear, loraLinear, quantizedLinear } from '../tensor/ops/index.ts';
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

  /** @param x [N, inFeatures] f32 @returns [N, outFeatures] f32 */
  forward(x: Tensor): Tensor {
    const bias = this.bias?.value ?? null;
    const { adapter } = this;
    if (adapter !== null && this.weight.quantization === null && !adapter.dropsInputs) {
      const { a, b, options } = adapter;
      return loraLinear(x, this.weight.value, a.value, b.value, bias, options.scale);
    }
    const base =
      this.weight.quantization === null
        ? linear(x, this.weight.value, bias)
        : quantizedLinear(x, this.weight.matrix, bias);
    return adapter === null ? base : adapter.apply(x, base);
  }
}
