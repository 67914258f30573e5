import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'dropout';

onEachDevice(() => {
  for (const probability of [0, 0.1, 0.5, 0.99]) {
    const attrs = { probability, seed: 4_000_000_007, stream: 3 };
    opCase({ op, title: `share ${probability}`, inputs: [floats([13, 79])], attrs });
  }
  const attrs = { probability: 0.3, seed: 7, stream: 0 };
  opCase({ op, title: 'nothing', inputs: [floats([0, 5])], attrs });
  opCase({ op, title: 'fewer than a block of four', inputs: [floats([3])], attrs });
  opCase({
    op,
    title: 'enough for several threads',
    inputs: [floats([100_003])],
    attrs,
    samples: 2,
    long: true,
  });
  for (const probability of [-0.1, 1, NaN]) {
    const wrong = { op, inputs: [floats([3])], attrs: { ...attrs, probability } } as const;
    opRefuses(`a share of ${probability}`, wrong, 'tensor/bad-argument');
  }
  opCase({ op, title: 'bf16', inputs: [floats([13, 79], { dtype: 'bf16' })], attrs });
  opRefuses('f16', { op, inputs: [floats([3], { dtype: 'f16' })], attrs }, 'tensor/dtype-mismatch');
});
