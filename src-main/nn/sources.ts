import { Random } from '../base/random.ts';
import type { DType } from '../tensor/dtype.ts';
import { randomFillInPlace } from '../tensor/ops/index.ts';
import type { QuantFormat } from '../tensor/quantized.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Shape } from '../tensor/tensor.ts';
import { Parameter, quantizeParameter } from './parameter.ts';
import type { Initialiser, ParameterSource } from './weights.ts';

/** Fresh weights: N(0, deviation²), zeros or ones as each module asks, the same for a seed. */
export function randomSource(
  seed: number,
  dtype: DType = 'f32',
  deviation = 0.02,
): ParameterSource {
  const random = new Random(seed);
  return {
    parameter(name: string, shape: Shape, initialiser: Initialiser): Parameter {
      const parameterSeed = random.uint32();
      const value = freshTensor(shape, dtype, initialiser, parameterSeed, deviation).keep();
      return new Parameter(name, shape, dtype, value);
    },
  };
}

function freshTensor(
  shape: Shape,
  dtype: DType,
  initialiser: Initialiser,
  seed: number,
  deviation: number,
): Tensor {
  if (initialiser !== 'normal') return Tensor.full(shape, initialiser === 'ones' ? 1 : 0, dtype);
  const value = Tensor.empty(shape, dtype);
  randomFillInPlace(value, { kind: 'normal', a: 0, b: deviation, seed, stream: 0 });
  return value;
}

/** Names and sizes without memory, for planning and inspection. */
export function sizesOnly(dtype: DType): ParameterSource {
  return {
    parameter: (name, shape) => new Parameter(name, shape, dtype, null),
  };
}

/**
 * The parameters of another source, those that are chosen in few bits. Each is made smaller as soon
 * as it is there, so that memory never holds two of them at full size.
 */
export function quantizing(
  source: ParameterSource,
  format: QuantFormat,
  isChosen: (name: string, shape: Shape) => boolean,
): ParameterSource {
  return {
    parameter(name, shape, initialiser) {
      const plain = source.parameter(name, shape, initialiser);
      const done = plain.quantization !== null || !isChosen(name, shape);
      return done ? plain : quantizeParameter(plain, format);
    },
  };
}
