/** Ops on a graphics device beside the CPU: small, of many kinds, a second or two in all. */
import { Tape } from '../../autograd/tape.ts';
import { Random } from '../../base/random.ts';
import type { DeviceProblem } from '../../tensor/device-trust.ts';
import { closeDevice, openDevice } from '../../tensor/device.ts';
import type { DeviceName } from '../../tensor/device.ts';
import {
  adamwInPlace,
  attention,
  cast,
  linear,
  linearCrossEntropy,
  quantize,
  quantizedLinear,
  rmsNorm,
  rope,
  softmax,
  sum,
  topK,
} from '../../tensor/ops/index.ts';
import { Tensor } from '../../tensor/tensor.ts';

/** Numbers by what they are of. */
export type Sampled = ReadonlyMap<string, Float32Array>;

type Check = (random: Random) => Promise<Float32Array[]>;

const checks: Readonly<Record<string, Check>> = {
  matmul: (random) => product(random, [1, 70, 50]),
  'matmul of many rows': (random) => product(random, [130, 192, 144]),
  // As in decoding, whose kernels are their own.
  'matmul of a row': (random) => product(random, [1, 256, 64]),
  attention: attentionOf,
  'attention of a query': attentionOfOne,
  normalisation: normalised,
  rotation: rotated,
  loss: lossOf,
  async 'largest numbers'(random) {
    using x = normal(random, [3, 700]);
    const { values, indices } = topK(x, 5);
    const found = await values.readFloats();
    values.dispose();
    indices.dispose();
    return [found];
  },
  async 'product with a narrow matrix'(random) {
    using x = normal(random, [300, 256]);
    using weight = normal(random, [16, 256]);
    using y = linear(x, weight);
    return [await y.readFloats()];
  },
  async 'product of a row with int8'(random) {
    using x = normal(random, [1, 256]);
    using weight = normal(random, [64, 256]);
    using matrix = quantize(weight, 'int8');
    using y = quantizedLinear(x, matrix);
    return [await y.readFloats()];
  },
  async softmax(random) {
    using x = normal(random, [37, 300]);
    using y = softmax(x);
    return [await y.readFloats()];
  },
  async sum(random) {
    using x = normal(random, [9, 1000]);
    using y = sum(x, 1);
    return [await y.readFloats()];
  },
  AdamW: step,
  async 'product with nf4'(random) {
    using x = normal(random, [65, 192]);
    using weight = normal(random, [50, 192]);
    using matrix = quantize(weight, 'nf4');
    using y = quantizedLinear(x, matrix);
    return [await y.readFloats()];
  },
};

/** Every check on one device, which is opened for it and closed again. */
export async function sampleDevice(device: DeviceName): Promise<Sampled> {
  openDevice({ device });
  try {
    const found = new Map<string, Float32Array>();
    for (const [name, check] of Object.entries(checks)) {
      const parts = await check(new Random(5));
      found.set(name, Float32Array.from(parts.flatMap((part) => [...part])));
    }
    return found;
  } finally {
    closeDevice();
  }
}

/**
 * The first check in which two devices disagree by more than a hundredth. Rounding, of 16-bit
 * operands too, stays far below; what a broken driver gives does not.
 */
export function differenceOf(got: Sampled, want: Sampled): DeviceProblem | null {
  for (const [what, goal] of want) {
    const values = got.get(what) ?? new Float32Array();
    const size = Math.sqrt(goal.reduce((total, x) => total + x * x, 0) / goal.length);
    const isClose = (x: number, i: number): boolean =>
      Math.abs((values[i] ?? NaN) - x) <= 0.01 * (size + Math.abs(x));
    if (!goal.every(isClose)) return { kind: 'differs', what };
  }
  return null;
}

function normal(random: Random, shape: readonly number[]): Tensor {
  const count = shape.reduce((product, size) => product * size, 1);
  const values = Float32Array.from({ length: count }, () => random.normal());
  return Tensor.from(values, shape);
}

/** x wᵀ with a weight of 16 bits, and the gradient of x. */
async function product(random: Random, [m, k, n]: [number, number, number]) {
  using x = normal(random, [m, k]);
  using wide = normal(random, [n, k]);
  using weight = cast(wide, 'bf16');
  return await differentiated(random, x, () => linear(x, weight));
}

/** A value, and the gradient of what it is made of. */
async function differentiated(random: Random, x: Tensor, compute: () => Tensor) {
  x.requiresGrad = true;
  const tape = new Tape();
  using y = tape.run(compute);
  using seed = normal(random, y.shape);
  using gradients = tape.backward(y, seed);
  using gradient = gradients.take(x.id);
  return [await y.readFloats(), ...(gradient === null ? [] : [await gradient.readFloats()])];
}

async function normalised(random: Random) {
  using x = normal(random, [6, 512]);
  using weight = normal(random, [512]);
  return await differentiated(random, x, () => rmsNorm(x, weight, 1e-5));
}

/** Also far from the beginning of a text. */
async function rotated(random: Random) {
  using x = normal(random, [4, 2, 32]);
  using positions = Tensor.from(Int32Array.of(0, 1, 700, 30_000), [4], 'i32');
  using frequencies = Tensor.from(
    Float32Array.from({ length: 16 }, (_, i) => 10_000 ** (-i / 16)),
    [16],
  );
  return await differentiated(random, x, () => rope(x, positions, frequencies, 1));
}

async function lossOf(random: Random) {
  using hidden = normal(random, [20, 64]);
  using wide = normal(random, [300, 64]);
  using weight = cast(wide, 'bf16');
  using targets = Tensor.from(
    Int32Array.from({ length: 20 }, (_, i) => 14 * i),
    [20],
    'i32',
  );
  using rowWeights = Tensor.full([20], 0.05);
  hidden.requiresGrad = true;
  const tape = new Tape();
  const { loss, losses } = tape.run(() => linearCrossEntropy(hidden, weight, targets, rowWeights));
  using seed = Tensor.full(loss.shape, 1);
  using gradients = tape.backward(loss, seed);
  using gradient = gradients.take(hidden.id);
  const found = [await losses.readFloats()];
  if (gradient !== null) found.push(await gradient.readFloats());
  loss.dispose();
  losses.dispose();
  return found;
}

/** What groups share out, and the last of them joins. */
async function attentionOfOne(random: Random) {
  using q = normal(random, [1, 4, 32]);
  using k = normal(random, [300, 2, 32]);
  using v = normal(random, [300, 2, 32]);
  using queryOffsets = Tensor.from(Int32Array.of(0, 1), [2], 'i32');
  using keyOffsets = Tensor.from(Int32Array.of(0, 290), [2], 'i32');
  const attrs = { scale: 1 / Math.sqrt(32), causal: true, window: 0 };
  using out = attention(q, k, v, queryOffsets, keyOffsets, attrs);
  return [await out.readFloats()];
}

/** Two segments, two query heads a key head, and all three gradients. */
async function attentionOf(random: Random) {
  const [q, k, v] = [normal(random, [70, 4, 32]), normal(random, [70, 2, 32])].concat(
    normal(random, [70, 2, 32]),
  ) as [Tensor, Tensor, Tensor];
  using offsets = Tensor.from(Int32Array.of(0, 30, 70), [3], 'i32');
  using seed = normal(random, [70, 4, 32]);
  const leaves = [q, k, v];
  for (const leaf of leaves) leaf.requiresGrad = true;
  const tape = new Tape();
  const attrs = { scale: 1 / Math.sqrt(32), causal: true, window: 0 };
  using out = tape.run(() => attention(q, k, v, offsets, offsets, attrs));
  using gradients = tape.backward(out, seed);
  const found = [await out.readFloats()];
  for (const leaf of leaves) {
    using gradient = gradients.take(leaf.id);
    if (gradient !== null) found.push(await gradient.readFloats());
    leaf.dispose();
  }
  return found;
}

async function step(random: Random) {
  using param = normal(random, [1000]);
  using grad = normal(random, [1000]);
  using m = normal(random, [1000]);
  using v = Tensor.full([1000], 0.5);
  const rates = {
    learningRate: 0.01,
    beta1: 0.9,
    beta2: 0.99,
    eps: 1e-8,
    weightDecay: 0.1,
    step: 3,
  };
  adamwInPlace({ param, grad, m, v, master: null, gradScale: null, ...rates });
  return [await param.readFloats(), await m.readFloats(), await v.readFloats()];
}
