import { floats, ints, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import type { DType } from '../../src-main/tensor/dtype.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'rope';

function operands(
  positions: number[],
  heads: number,
  size: number,
  dtype: DType = 'f32',
): InputSpec[] {
  const frequency = Array.from({ length: size / 2 }, (_, i) => 10_000 ** ((-2 * i) / size));
  const table = floats([size / 2], { values: frequency, grad: false });
  return [floats([positions.length, heads, size], { dtype }), ints(positions), table];
}

onEachDevice(() => {
  const attrs = { scale: 1, inverse: false };
  opCase({ op, title: 'odd heads', inputs: operands([0, 1, 5, 2, 2], 3, 22), attrs });
  opCase({
    op,
    title: 'backwards and scaled',
    inputs: operands([3, 9, 4], 2, 64),
    attrs: { scale: 1.25, inverse: true },
  });
  opCase({ op, title: 'bf16', inputs: operands([3, 9, 4], 2, 22, 'bf16'), attrs });
  opCase({ op, title: 'bf16 in eights', inputs: operands([3, 9, 4], 3, 32, 'bf16'), attrs });
  opCase({ op, title: 'a pair of lanes', inputs: operands([7], 1, 2), attrs });
  opCase({ op, title: 'no rows', inputs: operands([], 2, 8), attrs });
  // Angles are formed in f32, as the reference forms them: at position p they are off by p · 2^-24.
  opCase({
    op,
    title: 'far positions',
    inputs: operands([1000, 4095], 2, 32),
    attrs,
    tolerance: 4e-4,
    samples: 0,
  });
  const [x, positions, table] = operands([0, 1], 2, 8) as [InputSpec, InputSpec, InputSpec];
  opRefuses(
    'an odd head size',
    { op, inputs: [floats([2, 2, 7]), positions, table], attrs },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'another number of positions',
    { op, inputs: [x, ints([1]), table], attrs },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'float positions',
    { op, inputs: [x, floats([2]), table], attrs },
    'tensor/dtype-mismatch',
  );
  opRefuses(
    'a table of another size',
    { op, inputs: [x, positions, floats([8])], attrs },
    'tensor/shape-mismatch',
  );
});
