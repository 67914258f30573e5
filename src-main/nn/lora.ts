import { add, dropout, matmul } from '../tensor/ops/index.ts';
import { valueDType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { dropoutContext } from './dropout-context.ts';
import type { Parameter } from './parameter.ts';

export interface LoraOptions {
  readonly rank: number;
  readonly alpha: number;
  /** Factor of the adapter's output: alpha / rank, or alpha / sqrt(rank) for rsLoRA. */
  readonly scale: number;
  /** Share of the adapter's inputs dropped in training. */
  readonly dropout: number;
  /** Number of this adapter in the model: separates its random numbers from the others'. */
  readonly stream: number;
}

/**
 * Low-rank adapter of a linear map: y = base(x) + scale · dropout(x) Aᵀ Bᵀ
 * @source arXiv:2106.09685; layout and scaling as PEFT
 */
export class LoraAdapter {
  /** [rank, inFeatures] */
  readonly a: Parameter;
  /** [outFeatures, rank] */
  readonly b: Parameter;
  readonly options: LoraOptions;

  constructor(a: Parameter, b: Parameter, options: LoraOptions) {
    this.a = a;
    this.b = b;
    this.options = options;
  }

  /** Whether its inputs differ from those of the map beside it, in this pass. */
  get dropsInputs(): boolean {
    return dropoutContext() !== null && this.options.dropout > 0;
  }

  /**
   * @param x    [N, inFeatures]
   * @param base [N, outFeatures]: the frozen map's output
   * @returns    [N, outFeatures], dtype of base
   */
  apply(x: Tensor, base: Tensor): Tensor {
    const { dropout: probability, scale, stream } = this.options;
    const context = dropoutContext();
    const input =
      context !== null && probability > 0
        ? dropout(x, { probability, seed: context.seed, stream })
        : x;
    const low = matmul(input, this.a.value, { transposeB: true });
    const part = matmul(low, this.b.value, { transposeB: true, alpha: scale });
    return add(base, part, 1, valueDType(base.dtype));
  }

  dispose(): void {
    this.a.dispose();
    this.b.dispose();
  }
}
