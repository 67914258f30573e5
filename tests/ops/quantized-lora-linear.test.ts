import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import { int8Inputs, nf4Inputs } from '../support/quantized-inputs.ts';

const op = 'quantized_lora_linear';
// A quantised map may be rounded to 16 bits with what it is multiplied by, see matmul.test.ts.
const rounds = 5 * 2 ** -8;

onEachDevice(() => {
  const attrs = { scale: 0.75 };
  for (const [kind, twice, matrix] of [
    ['nf4', true, nf4Inputs],
    ['int8', false, int8Inputs],
  ] as const) {
    for (const [n, cols, rows, r] of [
      [3, 64, 10, 4],
      [40, 128, 24, 8],
    ] as const) {
      opCase({
        op,
        title: `${n} rows beside a map of ${kind}, added to a sum`,
        inputs: [
          floats([n, cols]),
          ...matrix(rows, cols, twice),
          floats([r, cols]),
          floats([rows, r]),
          floats([n, rows]),
        ],
        attrs: { ...attrs, rows, cols, twice, dtype: 'f32' },
        samples: 2,
        tolerance: rounds,
        gradientTolerance: rounds,
      });
      for (const dtype of ['f32', 'bf16'] as const) {
        opCase({
          op,
          title: `${n} rows beside a map of ${kind}, values of ${dtype}`,
          inputs: [
            floats([n, cols], { dtype }),
            ...matrix(rows, cols, twice),
            floats([r, cols]),
            floats([rows, r]),
            floats([rows]),
          ],
          attrs: { ...attrs, rows, cols, twice, dtype },
          samples: 2,
          tolerance: rounds,
          gradientTolerance: rounds,
        });
      }
    }
  }
  opRefuses(
    'an adapter of another width',
    {
      op,
      inputs: [floats([2, 8]), ...int8Inputs(4, 8), floats([3, 7]), floats([4, 3]), null],
      attrs: { ...attrs, rows: 4, cols: 8, twice: false, dtype: 'f32' },
    },
    'tensor/shape-mismatch',
  );
});
