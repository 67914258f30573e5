/** A random case of every op. An op without one does not compile. */
import type { Random } from '../../../src-main/base/random.ts';
import type { ValueDType } from '../../../src-main/tensor/dtype.ts';
import type { ActivationKind } from '../../../src-main/tensor/ops/activation.ts';
import type { OpName } from '../../../src-main/tensor/ops/registry.ts';
import { floats, ints } from '../../support/ops-inputs.ts';
import type { InputSpec } from '../../support/ops-inputs.ts';
import { int8Inputs, nf4Inputs } from '../../support/quantized-inputs.ts';
import { countOf, longSizeOf, rowsOf, shapeOf, sizeOf } from './sizes.ts';
import { floatType, layoutOf, valueType, valuesOfSome } from './sizes.ts';

export interface FuzzCase {
  readonly inputs: readonly (InputSpec | null)[];
  readonly attrs: unknown;
  /** Of results and gradients; relative, as mismatchOf takes it. */
  readonly tolerance?: number;
  /** What gradients are added up from, as a multiple of the cotangent; 1 when not given. */
  readonly termSize?: number;
  /** A magnitude of results that may cancel to less, as mismatchOf takes it; none when not given. */
  readonly least?: number;
}

type MakeCase = (random: Random) => FuzzCase;

const activationKinds = [
  'gelu',
  'gelu_tanh',
  'quick_gelu',
  'silu',
  'relu',
] as const satisfies readonly ActivationKind[];

/** Products of matrices may take so many multiplications, a few of them more: a software driver is slow. */
const mostProducts = 400_000;
const mostOfLarge = 2_000_000;
/** From 512 on a sum may be shared by several groups, from some thousand by several threads of one. */
const longestSum = 9000;
const mostElements = 20_000;

/** Axes of at most `axes`, values of a random size. */
function some(random: Random, axes: number, rest: Partial<InputSpec> = {}): InputSpec {
  const shape = shapeOf(random, axes, mostElements);
  // A vector lies in one way only.
  const layout = axes > 1 ? layoutOf(random) : 'contiguous';
  return floats(shape, { layout, values: valuesOfSome(random), ...rest });
}

function matrix(random: Random, rows: number, cols: number): InputSpec {
  return floats([rows, cols], { dtype: floatType(random), layout: layoutOf(random) });
}

/** Three sizes whose product stays below the limit. */
function productSizes(random: Random): [number, number, number] {
  const most = random.below(4) === 0 ? mostOfLarge : mostProducts;
  const k = longSizeOf(random, 300, longestSum);
  const m = countOf(random, Math.max(1, Math.min(200, Math.floor(most / k))));
  const room = Math.floor(most / Math.max(1, m * k));
  return [m, k, sizeOf(random, Math.max(1, Math.min(300, room)))];
}

/** Rows that an op works on one by one, each of some columns. */
function rowsOfSome(random: Random, rows: number, usual: number): [number, number] {
  const { rows: count, mayBeWide } = rowsOf(random, rows);
  return [count, mayBeWide ? longSizeOf(random, usual, 6000) : 1 + random.below(3)];
}

const flip = (random: Random): boolean => random.below(2) === 0;

/** Of every row of [m, n], a sum that all of it is added to, or none. */
function biasOf(random: Random, m: number, n: number, dtype: ValueDType): InputSpec | null {
  const kind = random.below(3);
  if (kind === 0) return null;
  return kind === 1 && dtype === 'f32'
    ? floats([m, n], { layout: layoutOf(random) })
    : floats([n], { dtype: floatType(random) });
}

/** Offsets of segments that cover `total`, some of them empty. */
function offsetsOf(random: Random, total: number, segments: number): number[] {
  const cuts = Array.from({ length: segments - 1 }, () => random.below(total + 1));
  return [0, ...cuts.sort((a, b) => a - b), total];
}

function broadcastPair(random: Random): [InputSpec, InputSpec] {
  const a = some(random, 1 + random.below(3), { dtype: floatType(random) });
  const kind = random.below(3);
  const shape = kind === 0 ? a.shape : kind === 1 ? a.shape.slice(1) : [1];
  return [a, floats(shape, { dtype: floatType(random) })];
}

function quantizedSizes(random: Random): [number, number] {
  const blocks = random.below(8) === 0 ? 80 : 5;
  return [
    sizeOf(random, blocks > 5 ? 20 : 90),
    flip(random) ? 64 * (1 + random.below(blocks)) : sizeOf(random, 60 * blocks),
  ];
}

/** Rows of what a quantised matrix is multiplied by. */
function rowsBeside(random: Random, rows: number, cols: number): number {
  return countOf(random, Math.max(1, Math.min(200, Math.floor(mostProducts / (rows * cols)))));
}

export const fuzzCases: { readonly [Name in OpName]: MakeCase } = {
  activation: (random) => ({
    inputs: [some(random, 1 + random.below(3), { dtype: valueType(random) })],
    attrs: { kind: random.pick(activationKinds) },
    tolerance: 1e-5,
  }),
  add: (random) => ({
    inputs: broadcastPair(random),
    attrs: { alpha: random.pick([1, -1, 0.37]), dtype: valueType(random) },
  }),
  argmax: (random) => ({ inputs: [floats(rowsOfSome(random, 60, 300))], attrs: null }),
  attention(random) {
    const groups = 1 + random.below(3);
    const heads = groups * (1 + random.below(3));
    const size = random.pick([4, 8, 10, 24, 32, 64, 80, 128]);
    // A token at a time reads many keys, of which several groups have a share each.
    const isDecoding = random.below(5) === 0;
    const q = isDecoding ? 1 + random.below(3) : countOf(random, 40);
    const k = isDecoding ? sizeOf(random, 900) : countOf(random, 60);
    const segments = 1 + random.below(isDecoding ? 2 : 4);
    const layout = layoutOf(random);
    const dtype = valueType(random);
    const keys = floats([k, groups, size], { layout, dtype });
    const causal = flip(random);
    return {
      inputs: [
        floats([q, heads, size], { layout, dtype }),
        keys,
        keys,
        ints(offsetsOf(random, q, segments)),
        ints(offsetsOf(random, k, segments)),
      ],
      attrs: {
        scale: 1 / Math.sqrt(size),
        causal,
        window: causal && flip(random) ? random.below(20) : 0,
      },
      tolerance: 1e-5,
      // Behind one key nothing is left of dP - delta but the rounding of two sums over the head, in
      // f32 about sqrt(size) units in the last place of terms of sqrt(size); a key adds that up over
      // all queries of its heads, and the scale takes one sqrt(size) off.
      termSize: Math.sqrt((size * Math.max(1, q) * heads) / groups),
    };
  },
  cast: (random) => ({
    inputs: [some(random, 1 + random.below(4), { dtype: floatType(random) })],
    attrs: { dtype: random.pick(['f32', 'bf16', 'f16'] as const) },
  }),
  concat(random) {
    const [rows, cols] = shapeOf(random, 2, 4000) as [number, number];
    const axis = random.below(2);
    const part = (): InputSpec => {
      const size = countOf(random, 40);
      const dtype = floatType(random);
      return floats(axis === 0 ? [size, cols] : [rows, size], { dtype, layout: layoutOf(random) });
    };
    return { inputs: Array.from({ length: 1 + random.below(4) }, part), attrs: { axis } };
  },
  dequantize(random) {
    const [rows, cols] = quantizedSizes(random);
    const inputs = flip(random) ? int8Inputs(rows, cols) : nf4Inputs(rows, cols, flip(random));
    return { inputs, attrs: { rows, cols } };
  },
  dropout: (random) => ({
    inputs: [some(random, 2, { dtype: valueType(random) })],
    attrs: {
      probability: random.pick([0, 0.1, 0.5, 0.9]),
      seed: random.uint32(),
      stream: random.below(1000),
    },
  }),
  gather_rows(random) {
    const [rows, cols] = [sizeOf(random, 100), longSizeOf(random, 200, 5000)];
    const index = Array.from({ length: countOf(random, 100) }, () => random.below(rows));
    return { inputs: [matrix(random, rows, cols), ints(index)], attrs: null };
  },
  layer_norm(random) {
    const [rows, cols] = rowsOfSome(random, 90, 400);
    const gain = floats([cols], { dtype: floatType(random) });
    return {
      inputs: [
        floats([rows, cols], { layout: layoutOf(random), values: valuesOfSome(random) }),
        gain,
        floats([cols], { dtype: gain.dtype ?? 'f32' }),
      ],
      attrs: { eps: random.pick([1e-5, 1e-6, 0.1]), dtype: valueType(random) },
      // One column is its own mean: all that is left is rounding.
      tolerance: cols < 4 ? 1e-2 : 3e-5,
    };
  },
  linear_cross_entropy(random) {
    const [rows, size, words] = productSizes(random);
    const targets = Array.from({ length: rows }, () => random.below(words));
    return {
      inputs: [
        floats([rows, size], { layout: layoutOf(random) }),
        floats([words, size], { dtype: floatType(random) }),
        ints(targets),
        floats([rows], { values: (r) => r.next() / Math.max(1, rows), grad: false }),
      ],
      attrs: null,
      // Logits are some √size, of which f32 keeps a hundred-thousandth of 1 each: gradients keep no more.
      tolerance: 1e-5 * Math.max(10, Math.sqrt(size)),
      // A loss may be next to nothing, what is left of logits of √size: off by some units of theirs.
      least: Math.sqrt(size) / 200,
    };
  },
  lora_linear(random) {
    const [m, k, n] = productSizes(random);
    const [rank, dtype] = [countOf(random, 24), valueType(random)];
    const scale = random.pick([1, 2, 0.3]);
    return {
      inputs: [
        floats([m, k], { dtype: valueType(random), layout: layoutOf(random) }),
        matrix(random, n, k),
        matrix(random, rank, k),
        matrix(random, n, rank),
        biasOf(random, m, n, dtype),
      ],
      attrs: { scale, dtype },
      tolerance: 1e-5,
      // The adapter's gradients add up products over all of the result.
      termSize: scale * Math.sqrt(m * n),
    };
  },
  matmul(random) {
    const [m, k, n] = productSizes(random);
    const [transposeA, transposeB] = [flip(random), flip(random)];
    const dtype = valueType(random);
    return {
      inputs: [
        transposeA ? matrix(random, k, m) : matrix(random, m, k),
        transposeB ? matrix(random, n, k) : matrix(random, k, n),
        biasOf(random, m, n, dtype),
      ],
      attrs: { transposeA, transposeB, alpha: random.pick([1, 1, 0.3]), dtype },
      tolerance: 1e-5,
    };
  },
  max: (random) => reduction(random, 'max'),
  mul: (random) => ({ inputs: broadcastPair(random), attrs: null }),
  patchify(random) {
    const patch = 1 + random.below(6);
    const side = (): number => patch + random.below(20);
    return {
      inputs: [floats([1 + random.below(3), 1 + random.below(4), side(), side()])],
      attrs: { patch },
    };
  },
  quantize(random) {
    const [rows, cols] = quantizedSizes(random);
    return {
      inputs: [matrix(random, rows, cols)],
      attrs: { format: random.pick(['nf4', 'int8'] as const) },
    };
  },
  quantized_matmul(random) {
    const [rows, cols] = quantizedSizes(random);
    const [transposeW, isInt8, twice] = [flip(random), flip(random), flip(random)];
    const [inner, n] = transposeW ? [cols, rows] : [rows, cols];
    const dtype = valueType(random);
    const m = rowsBeside(random, rows, cols);
    return {
      inputs: [
        matrix(random, m, inner),
        ...(isInt8 ? int8Inputs(rows, cols) : nf4Inputs(rows, cols, twice)),
        biasOf(random, m, n, dtype),
      ],
      attrs: { rows, cols, transposeW, twice: !isInt8 && twice, dtype },
      tolerance: 1e-5,
    };
  },
  quantized_lora_linear(random) {
    const [rows, cols] = quantizedSizes(random);
    const [isInt8, twice] = [flip(random), flip(random)];
    const m = rowsBeside(random, rows, cols);
    const [rank, dtype] = [countOf(random, 24), valueType(random)];
    const scale = random.pick([1, 2, 0.3]);
    return {
      inputs: [
        floats([m, cols], { dtype: valueType(random), layout: layoutOf(random) }),
        ...(isInt8 ? int8Inputs(rows, cols) : nf4Inputs(rows, cols, twice)),
        matrix(random, rank, cols),
        matrix(random, rows, rank),
        biasOf(random, m, rows, dtype),
      ],
      attrs: { rows, cols, twice: !isInt8 && twice, scale, dtype },
      tolerance: 1e-5,
      termSize: scale * Math.sqrt(m * rows),
    };
  },
  reduce: (random) => reduction(random, random.pick(['sum', 'mean'] as const)),
  reshape(random) {
    const shape = shapeOf(random, 1 + random.below(3), mostElements);
    return {
      inputs: [floats(shape, { dtype: floatType(random) })],
      attrs: { shape: [...shape].reverse() },
    };
  },
  rms_norm(random) {
    const [rows, cols] = rowsOfSome(random, 90, 400);
    return {
      inputs: [
        floats([rows, cols], { layout: layoutOf(random), values: valuesOfSome(random) }),
        floats([cols], { dtype: floatType(random) }),
      ],
      attrs: { eps: random.pick([1e-5, 1e-6, 0.1]), dtype: valueType(random) },
      // Of one column only its sign is left, and of its gradient rounding.
      tolerance: cols < 4 ? 1e-2 : 3e-5,
    };
  },
  rope(random) {
    const [rows, heads, half] = [countOf(random, 60), 1 + random.below(5), sizeOf(random, 40)];
    const positions = Array.from({ length: rows }, () => random.below(4096));
    return {
      inputs: [
        floats([rows, heads, 2 * half], { layout: layoutOf(random), dtype: valueType(random) }),
        ints(positions),
        floats([half], { values: (r) => 10_000 ** -r.next(), grad: false }),
      ],
      attrs: { scale: random.pick([1, 1, 0.5]), inverse: false },
      // Angles of thousands keep a few bits less.
      tolerance: 1e-3,
    };
  },
  sample(random) {
    const [rows, words] = [1 + random.below(6), longSizeOf(random, 2000, 20_000)];
    const history = Array.from({ length: rows * 5 }, () => random.below(words + 1) - 1);
    return {
      inputs: [
        floats([rows, words], { values: valuesOfSome(random) }),
        flip(random) ? ints(history, [rows, 5]) : null,
      ],
      attrs: {
        temperature: random.pick([0.3, 1, 2]),
        topK: flip(random) ? 0 : 1 + random.below(words),
        topP: random.pick([1, 0.9, 0.3]),
        repetitionPenalty: random.pick([1, 1.3]),
        seed: random.uint32(),
        stream: random.below(1000),
      },
    };
  },
  scale: (random) => ({
    inputs: [some(random, 1 + random.below(3), { dtype: floatType(random) })],
    attrs: { factor: random.normal() },
  }),
  scatter_rows(random) {
    const [rows, cols] = [sizeOf(random, 100), sizeOf(random, 200)];
    const index = random.permutation(rows).slice(0, random.below(rows + 1));
    return {
      inputs: [
        floats([rows, cols], { layout: layoutOf(random) }),
        ints(index),
        floats([index.length, cols], { layout: layoutOf(random) }),
      ],
      attrs: null,
    };
  },
  slice(random) {
    const shape = shapeOf(random, 1 + random.below(4), mostElements);
    const axis = random.below(shape.length);
    const size = shape[axis] ?? 0;
    const start = random.below(size + 1);
    const end = start + random.below(size - start + 1);
    return { inputs: [floats(shape, { dtype: floatType(random) })], attrs: { axis, start, end } };
  },
  softmax: (random) => ({
    inputs: [
      floats(rowsOfSome(random, 60, 300), {
        layout: layoutOf(random),
        values: valuesOfSome(random),
      }),
    ],
    attrs: null,
    tolerance: 1e-5,
    // Where one share is all but 1, its gradient is g - sum(share · g), of which the rounding of the
    // shares is left: about 6 units in the last place (exponential and quotient on both sides) of
    // a cotangent that may be 4 times the usual one.
    termSize: 4,
  }),
  swiglu(random) {
    const gate = some(random, 2, { dtype: valueType(random) });
    return { inputs: [gate, { ...gate, layout: layoutOf(random) }], attrs: null, tolerance: 1e-5 };
  },
  top_k(random) {
    const [rows, words] = [1 + random.below(8), longSizeOf(random, 2000, 20_000)];
    return {
      inputs: [floats([rows, words])],
      attrs: { k: 1 + random.below(Math.min(words, 200)) },
    };
  },
  transpose(random) {
    const axes = 1 + random.below(4);
    const shape = shapeOf(random, axes, mostElements);
    return {
      inputs: [floats(shape, { dtype: floatType(random) })],
      attrs: { axes: random.permutation(axes) },
    };
  },
};

function reduction(random: Random, kind: 'sum' | 'mean' | 'max'): FuzzCase {
  const input = some(random, 1 + random.below(3), { dtype: floatType(random) });
  return {
    inputs: [input],
    attrs: { kind, axis: random.below(input.shape.length) },
    tolerance: 1e-5,
  };
}
