import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'lora_linear';

/** Of N rows, K inputs, M outputs and rank R. */
function operands(
  [n, k, m, r]: readonly [number, number, number, number],
  rest: Partial<InputSpec> = {},
): InputSpec[] {
  return [floats([n, k]), floats([m, k], rest), floats([r, k]), floats([m, r]), floats([m])];
}

onEachDevice(() => {
  const attrs = { scale: 0.75 };
  opCase({ op, title: 'odd sizes', inputs: operands([7, 13, 5, 3]), attrs });
  opCase({ op, title: 'one row', inputs: operands([1, 37, 19, 4]), attrs });
  opCase({ op, title: 'rank one', inputs: operands([9, 12, 6, 1]), attrs });
  opCase({ op, title: 'no rows', inputs: operands([0, 4, 3, 2]), attrs });
  const wide = operands([170, 40, 50, 8]);
  opCase({ op, title: 'several panels', inputs: wide, attrs, samples: 2 });
  // Long enough for the kernels that are made for the short axis.
  for (const [title, sizes] of [
    ['long rows', [258, 264, 6, 5]],
    ['long results', [260, 6, 265, 5]],
  ] as const) {
    const [x, weight, ...rest] = operands(sizes) as [InputSpec, InputSpec, ...InputSpec[]];
    const inputs = [x, { ...weight, grad: false }, ...rest.slice(0, 2), null];
    opCase({ op, title, inputs, attrs, samples: 1, long: 'on further drivers' });
  }
  for (const [n, k, m, r] of [
    [1, 32, 24, 4],
    [6, 9, 7, 2],
  ] as const) {
    const inputs = [...operands([n, k, m, r]).slice(0, 4), floats([n, m])];
    const title = `${n} by ${m}, added to a sum`;
    opCase({ op, title, inputs, attrs: { ...attrs, dtype: 'f32' } });
  }
  const [x, weight, a, b] = operands([6, 9, 8, 2], { grad: false }) as [
    InputSpec,
    InputSpec,
    InputSpec,
    InputSpec,
  ];
  opCase({ op, title: 'a frozen map without bias', inputs: [x, weight, a, b, null], attrs });
  for (const dtype of ['bf16', 'f16'] as const) {
    const inputs = operands([5, 33, 17, 4], { dtype, grad: false });
    opCase({ op, title: `a map of ${dtype}`, inputs, attrs, samples: 4 });
  }
  // What adds up in a map of 16 bits may be rounded to as many, see matmul.test.ts; the adapter may not.
  const rounds = 5 * 2 ** -8;
  for (const [title, n, k, m, r] of [
    ['many rows', 70, 136, 48, 8],
    ['many rows, odd sizes', 50, 72, 37, 5],
    ['many rows, a rank of three slices', 40, 64, 72, 24],
  ] as const) {
    for (const dtype of ['f32', 'bf16'] as const) {
      const x = floats([n, k], { dtype });
      const [, weight, a, b, bias] = operands([n, k, m, r], { dtype: 'bf16', grad: false });
      opCase({
        op,
        title: `${title}, values of ${dtype} in and out`,
        inputs: [x, weight as InputSpec, a as InputSpec, b as InputSpec, bias as InputSpec],
        attrs: { ...attrs, dtype },
        samples: 2,
        tolerance: rounds,
        gradientTolerance: rounds,
      });
    }
  }
  // An adapter alone: with a map of zeros nothing is rounded but what is stored.
  const zeros = floats([64, 136], { dtype: 'bf16', grad: false, values: () => 0 });
  opCase({
    op,
    title: 'an adapter keeps its digits beside a map of bf16',
    inputs: [floats([70, 136]), zeros, floats([8, 136]), floats([64, 8]), null],
    attrs,
    samples: 2,
    tolerance: 1e-4,
    gradientTolerance: 1e-4,
  });
  const given = { op, attrs } as const;
  opRefuses(
    'an adapter of another width',
    { ...given, inputs: [x, weight, floats([2, 8]), b, null] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'matrices of two ranks',
    { ...given, inputs: [x, weight, a, floats([8, 3]), null] },
    'tensor/shape-mismatch',
  );
});
