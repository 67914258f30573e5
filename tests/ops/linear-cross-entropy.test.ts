import { floats, ints, onEachDevice, opCase, opFailsAtRead, opRefuses } from '../support/ops.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'linear_cross_entropy';

function operands(
  rows: number,
  size: number,
  vocabulary: number,
  rest: Partial<InputSpec> = {},
): InputSpec[] {
  const targets = Array.from({ length: rows }, (_, i) => (i * 31 + 7) % vocabulary);
  const weights = floats([rows], { values: (r) => r.next() / rows, grad: false });
  return [floats([rows, size]), floats([vocabulary, size], rest), ints(targets), weights];
}

onEachDevice(() => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    opCase({ op, title: `a head of ${dtype}`, inputs: operands(7, 13, 53, { dtype }) });
  }
  opCase({ op, title: 'one row', inputs: operands(1, 9, 31) });
  opCase({ op, title: 'one token', inputs: operands(3, 5, 1) });
  opCase({ op, title: 'no supervised row', inputs: operands(0, 5, 11) });
  opCase({ op, title: 'more rows than a chunk', inputs: operands(300, 6, 67), samples: 2 });
  const loud = operands(5, 16, 40, { values: (r) => 20 * r.normal() });
  opCase({ op, title: 'logits of a hundred', inputs: loud, samples: 6, tolerance: 1e-5 });
  const [hidden, weight, targets, weights] = operands(3, 4, 9) as [
    InputSpec,
    InputSpec,
    InputSpec,
    InputSpec,
  ];
  opRefuses(
    'a head of another width',
    { op, inputs: [hidden, floats([9, 5]), targets, weights] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'float targets',
    { op, inputs: [hidden, weight, floats([3]), weights] },
    'tensor/dtype-mismatch',
  );
  opRefuses(
    'too few targets',
    { op, inputs: [hidden, weight, ints([1, 2]), weights] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'half precision rows',
    { op, inputs: [floats([3, 4], { dtype: 'bf16' }), weight, targets, weights] },
    'tensor/dtype-mismatch',
  );
  opFailsAtRead('a target past the vocabulary', {
    op,
    inputs: [hidden, weight, ints([1, 9, 2]), weights],
  });
  opFailsAtRead('the ignored label', { op, inputs: [hidden, weight, ints([1, -100, 2]), weights] });
});
