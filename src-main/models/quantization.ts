/** Weights in few bits: which they are, and how they come out of a folder that holds them so. */
import { canonicalModulePath } from '../formats/adapters/module-names.ts';
import { int8Names, nf4Names } from '../formats/weights/bitsandbytes.ts';
import type { Nf4State } from '../formats/weights/bitsandbytes.ts';
import { Parameter } from '../nn/parameter.ts';
import type { ParameterSource } from '../nn/weights.ts';
import type { DType } from '../tensor/dtype.ts';
import { nf4Blocks, QuantizedMatrix } from '../tensor/quantized.ts';
import { scoped } from '../tensor/scope.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/tensor.ts';
import type { CheckpointSource } from './checkpoint-source.ts';

/**
 * Every matrix of the decoder's layers, as QLoRA does: embeddings, head, norms, biases, tower and
 * projector stay as they are.
 */
export function isQuantizable(name: string, shape: Shape): boolean {
  return shape.length === 2 && /^model\.language_model\.layers\..+\.weight$/.test(name);
}

/** Parameters of a folder whose weights are quantised, and plain ones where they are not. */
export class QuantizedFolderSource implements ParameterSource {
  readonly #source: CheckpointSource;
  readonly #states: ReadonlyMap<string, Nf4State>;
  readonly #dtype: DType;

  /** @param states by names in the files @param dtype what the weights count as */
  constructor(source: CheckpointSource, states: ReadonlyMap<string, Nf4State>, dtype: DType) {
    this.#source = source;
    this.#dtype = dtype;
    this.#states = new Map([...states].map(([name, state]) => [canonicalModulePath(name), state]));
  }

  parameter(name: string, shape: Shape): Parameter {
    const state = this.#states.get(name);
    const [rows, cols] = shape;
    if (rows === undefined || cols === undefined || shape.length !== 2) {
      return this.#source.parameter(name, shape);
    }
    if (state !== undefined) return this.#nf4(name, rows, cols, state);
    if (this.#source.dtypeOf(name) === 'i8') return this.#int8(name, rows, cols);
    return this.#source.parameter(name, shape);
  }

  #nf4(name: string, rows: number, cols: number, { shape, offset }: Nf4State): Parameter {
    const names = nf4Names(name);
    this.#source.pass([names.state, names.map, ...(offset === null ? [] : [names.nestedMap])]);
    // One whose state says another shape is reported, not read.
    if (shape.length !== 2 || shape[0] !== rows || shape[1] !== cols) {
      const wanted = `the shape [${rows}, ${cols}]`;
      this.#source.misfit(names.state, wanted, `[${shape.join(', ')}]`);
      this.#source.pass([names.codes, names.scales, names.scales2]);
      return Parameter.quantized(name, [rows, cols], this.#dtype, 'nf4', null, true);
    }
    const { blocks, outerBlocks } = nf4Blocks(rows, cols);
    const codes = this.#source.part(names.codes, 'u8', [Math.ceil((rows * cols) / 2)]);
    const scales = this.#source.part(names.scales, offset === null ? 'f32' : 'u8', [blocks]);
    const scales2 = offset === null ? null : this.#source.part(names.scales2, 'f32', [outerBlocks]);
    const isWhole = codes !== null && scales !== null && (offset === null || scales2 !== null);
    const matrix = isWhole
      ? new QuantizedMatrix(rows, cols, {
          codes,
          scales,
          scales2,
          offset: offset === null ? null : scoped(() => Tensor.from([offset], [1])),
        }).keep()
      : disposeAll([codes, scales, scales2]);
    return Parameter.quantized(name, [rows, cols], this.#dtype, 'nf4', matrix, true);
  }

  #int8(name: string, rows: number, cols: number): Parameter {
    const names = int8Names(name);
    this.#source.pass([names.layout]);
    const codes = this.#source.part(names.codes, 'i8', [rows, cols]);
    const scales = this.#source.part(names.scales, 'f32', [rows]);
    const matrix =
      codes !== null && scales !== null
        ? new QuantizedMatrix(rows, cols, { codes, scales, scales2: null, offset: null }).keep()
        : disposeAll([codes, scales]);
    return Parameter.quantized(name, [rows, cols], this.#dtype, 'int8', matrix, true);
  }
}

function disposeAll(parts: readonly (Tensor | null)[]): null {
  for (const part of parts) part?.dispose();
  return null;
}
