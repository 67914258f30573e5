import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'layer_norm';
const attrs = { eps: 1e-5 };

onEachDevice(() => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    const inputs = [floats([7, 37]), floats([37], { dtype }), floats([37], { dtype })];
    opCase({ op, title: `weights of ${dtype}`, inputs, attrs });
  }
  opCase({
    op,
    title: 'a single row',
    inputs: [floats([1, 129]), floats([129]), floats([129])],
    attrs,
  });
  opCase({
    op,
    title: 'one column',
    inputs: [floats([4, 1]), floats([1]), floats([1])],
    attrs: { eps: 0.5 },
  });
  opCase({ op, title: 'no rows', inputs: [floats([0, 9]), floats([9]), floats([9])], attrs });
  const shifted = floats([5, 48], { values: (r) => 30 + r.normal() });
  opCase({
    op,
    title: 'far from zero',
    inputs: [shifted, floats([48]), floats([48])],
    attrs,
    tolerance: 3e-5,
  });
  opCase({
    op,
    title: 'enough for several threads',
    inputs: [floats([130, 96]), floats([96]), floats([96])],
    attrs,
    samples: 2,
  });
  for (const [x, columns] of [
    ['f32', 64],
    ['bf16', 37],
  ] as const) {
    opCase({
      op,
      title: `${columns} of ${x} to bf16`,
      inputs: [floats([5, columns], { dtype: x }), floats([columns]), floats([columns])],
      attrs: { ...attrs, dtype: 'bf16' },
      samples: 4,
    });
  }
  opRefuses(
    'a weight of another length',
    { op, inputs: [floats([2, 4]), floats([5]), floats([4])], attrs },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'an integer bias',
    { op, inputs: [floats([2, 4]), floats([4]), floats([4], { dtype: 'i32' })], attrs },
    'tensor/dtype-mismatch',
  );
  opRefuses(
    'three axes',
    { op, inputs: [floats([2, 2, 4]), floats([4]), floats([4])], attrs },
    'tensor/shape-mismatch',
  );
});
