/** Products and attention that a slow device is given in pieces: the same bits, in more commands. */
import { afterEach, expect, test } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { Tape } from '../../src-main/autograd/tape.ts';
import { closeDevice, takeCommandCounts } from '../../src-main/tensor/device.ts';
import { attention, matmul, quantize, quantizedLinear } from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { openForTests, reasonForAbsence } from '../support/devices.ts';

const absence = reasonForAbsence('vulkan');
const variable = 'LENSMITH_VULKAN_WORK';

afterEach(() => {
  delete process.env[variable];
  closeDevice();
});

function normal(random: Random, ...shape: number[]): Tensor {
  const count = shape.reduce((product, n) => product * n, 1);
  return Tensor.from(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  );
}

const cases: Readonly<Record<string, (random: Random) => Promise<Float32Array[]>>> = {
  async 'a product'(random) {
    using a = normal(random, 150, 96);
    using b = normal(random, 96, 330);
    using y = matmul(a, b);
    return [await y.readFloats()];
  },
  async 'a product with a quantised matrix'(random) {
    using x = normal(random, 70, 128);
    using weight = normal(random, 300, 128);
    using matrix = quantize(weight, 'int8');
    using y = quantizedLinear(x, matrix);
    return [await y.readFloats()];
  },
  async 'attention and its gradients'(random) {
    const leaves = [
      normal(random, 90, 4, 24),
      normal(random, 90, 2, 24),
      normal(random, 90, 2, 24),
    ];
    const [q, k, v] = leaves as [Tensor, Tensor, Tensor];
    using offsets = Tensor.from(Int32Array.of(0, 40, 90), [3], 'i32');
    using seed = normal(random, 90, 4, 24);
    for (const leaf of leaves) leaf.requiresGrad = true;
    const tape = new Tape();
    const attrs = { scale: 0.2, causal: true, window: 0 };
    using out = tape.run(() => attention(q, k, v, offsets, offsets, attrs));
    using gradients = tape.backward(out, seed);
    const found = [await out.readFloats()];
    for (const leaf of leaves) {
      using gradient = gradients.take(leaf.id);
      found.push(await (gradient as Tensor).readFloats());
      leaf.dispose();
    }
    return found;
  },
};

test.for(Object.entries(cases))('%s', async ([, compute], context) => {
  context.skip(absence !== null, absence ?? '');
  const [whole, cut] = [await run('1000000'), await run('1')];
  expect(cut.results).toEqual(whole.results);
  expect(cut.dispatches).toBeGreaterThan(whole.dispatches + 2);

  async function run(millions: string) {
    process.env[variable] = millions;
    openForTests('vulkan');
    takeCommandCounts();
    const results = await compute(new Random(4));
    const { dispatches } = takeCommandCounts();
    closeDevice();
    return { results, dispatches };
  }
});
