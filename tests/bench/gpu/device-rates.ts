/** What the device itself does: copies, products of matrices, attention. */
import { time } from '../../../src-main/app/bench/timing.ts';
import { Tape } from '../../../src-main/autograd/tape.ts';
import { synchronize } from '../../../src-main/tensor/device.ts';
import type { DType } from '../../../src-main/tensor/dtype.ts';
import {
  attention,
  copyInto,
  matmul,
  randomFillInPlace,
} from '../../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../../src-main/tensor/tensor.ts';
import { imageTokensOf } from './shapes.ts';
import type { Shapes } from './shapes.ts';

export interface ProductRate {
  readonly shape: string;
  readonly dtype: DType;
  readonly teraflops: number;
  /** Of the ceiling. */
  readonly share: number;
}

export interface Products {
  readonly rates: readonly ProductRate[];
  readonly ceilingTeraflops: number;
  /** Where the ceiling is from. */
  readonly ceilingIs: string;
}

export function normal(shape: readonly number[], dtype: DType = 'f32'): Tensor {
  const tensor = Tensor.empty(shape, dtype);
  randomFillInPlace(tensor, { kind: 'normal', a: 0, b: 1, seed: 6, stream: 0 });
  return tensor;
}

/** A card at rest runs at a fraction of its clock, and takes a second or two of work to raise it. */
export async function raiseClocks({ square, runs }: Shapes): Promise<void> {
  using a = normal([square, square], 'bf16');
  const end = performance.now() + (runs > 1 ? 3000 : 0);
  do {
    matmul(a, a).dispose();
    await synchronize();
  } while (performance.now() < end);
}

/** Bytes a second that a copy reads and writes: what decoding is measured against. */
export async function copyBandwidth({ copied, runs }: Shapes): Promise<number> {
  using from = normal([copied]);
  using to = Tensor.empty([copied]);
  const { best } = await time(runs, () => copyInto(from, to));
  return (2 * from.sizeBytes) / best;
}

/** [rows, columns, inner size] of the layers' maps in a step, in decoding, and a square. */
function productShapes(shapes: Shapes): readonly (readonly [number, number, number])[] {
  const { hidden_size: d, intermediate_size: f } = shapes.text;
  const words = shapes.textLengths.reduce((sum, length) => sum + length, 0);
  const tokens = words + shapes.textLengths.length * (1 + imageTokensOf(shapes));
  const { square, vocabulary } = shapes;
  return [
    [tokens, d, d],
    [tokens, f, d],
    [tokens, d, f],
    [Math.round(0.6 * words), vocabulary, d],
    [tokens, 16, d],
    [tokens, d, 16],
    [32, f, d],
    [1, f, d],
    [square, square, square],
  ];
}

/** @param peakTeraflops what the card can do, where its owner knows it */
export async function productRates(
  shapes: Shapes,
  peakTeraflops: number | undefined,
): Promise<Products> {
  const found: Omit<ProductRate, 'share'>[] = [];
  for (const [m, n, k] of productShapes(shapes)) {
    for (const dtype of ['f32', 'bf16'] as const) {
      using x = normal([m, k]);
      using weight = normal([n, k], dtype);
      const { best } = await time(shapes.runs, () =>
        matmul(x, weight, { transposeB: true }).dispose(),
      );
      found.push({ shape: `${m}×${n}×${k}`, dtype, teraflops: (2 * m * n * k) / best / 1e12 });
    }
  }
  const best = Math.max(...found.map(({ teraflops }) => teraflops));
  const ceilingTeraflops = peakTeraflops ?? best;
  return {
    rates: found.map((rate) => ({ ...rate, share: rate.teraflops / ceilingTeraflops })),
    ceilingTeraflops,
    ceilingIs:
      peakTeraflops === undefined ? 'the best of these products' : 'given by --peak-tflops',
  };
}

export interface AttentionRate {
  readonly tokens: number;
  /** Whether operands may be rounded to 16 bits, as beside weights of 16 bits. */
  readonly reduced: boolean;
  readonly forwardTeraflops: number;
  readonly backwardTeraflops: number;
}

/** Before a wait, which takes as long as one of them. */
const callsAtOnce = 8;

/** Seconds a call. */
async function timeOfCalls(runs: number, call: () => void): Promise<number> {
  const { best } = await time(runs, () => {
    for (let n = 0; n < callsAtOnce; n++) call();
  });
  return best / callsAtOnce;
}

/** Causal, one sequence; of the products that the triangle needs: two forward, five backward. */
export async function attentionRate(shapes: Shapes, reduced: boolean): Promise<AttentionRate> {
  const { hidden_size: hidden, num_attention_heads: heads } = shapes.text;
  const tokens = 1 + imageTokensOf(shapes) + shapes.promptTokens;
  const size = hidden / heads;
  using q = normal([tokens, heads, size]);
  using k = normal([tokens, heads, size]);
  using v = normal([tokens, heads, size]);
  using offsets = Tensor.from([0, tokens], [2], 'i32');
  using seed = normal([tokens, heads, size]);
  const attrs = { scale: 1 / Math.sqrt(size), causal: true, window: 0, reduced };
  const forward = await timeOfCalls(shapes.runs, () =>
    attention(q, k, v, offsets, offsets, attrs).dispose(),
  );
  for (const leaf of [q, k, v]) leaf.requiresGrad = true;
  const both = await timeOfCalls(shapes.runs, () => {
    const tape = new Tape();
    using out = tape.run(() => attention(q, k, v, offsets, offsets, attrs));
    tape.backward(out, seed)[Symbol.dispose]();
  });
  const product = tokens * tokens * hidden;
  return {
    tokens,
    reduced,
    forwardTeraflops: (2 * product) / forward / 1e12,
    backwardTeraflops: (5 * product) / Math.max(1e-9, both - forward) / 1e12,
  };
}
