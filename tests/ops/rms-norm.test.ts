import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'rms_norm';
const attrs = { eps: 1e-6 };

onEachDevice(() => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    opCase({
      op,
      title: `a weight of ${dtype}`,
      inputs: [floats([7, 37]), floats([37], { dtype })],
      attrs,
    });
  }
  opCase({ op, title: 'a single row', inputs: [floats([1, 129]), floats([129])], attrs });
  opCase({ op, title: 'one column', inputs: [floats([4, 1]), floats([1])], attrs: { eps: 0.5 } });
  opCase({ op, title: 'no rows', inputs: [floats([0, 9]), floats([9])], attrs });
  const tiny = floats([3, 16], { values: (r) => 1e-3 * r.normal() });
  opCase({
    op,
    title: 'values as small as eps',
    inputs: [tiny, floats([16])],
    attrs: { eps: 1e-2 },
  });
  opCase({
    op,
    title: 'enough for several threads',
    inputs: [floats([130, 96]), floats([96])],
    attrs,
    samples: 2,
  });
  for (const [x, to] of [
    ['f32', 'bf16'],
    ['bf16', 'f32'],
    ['bf16', 'bf16'],
  ] as const) {
    for (const [rows, columns] of [
      [7, 37],
      [5, 64],
    ] as const) {
      opCase({
        op,
        title: `${rows} × ${columns} of ${x} to ${to}`,
        inputs: [floats([rows, columns], { dtype: x }), floats([columns], { dtype: 'bf16' })],
        attrs: { ...attrs, dtype: to },
        samples: 4,
      });
    }
  }
  opRefuses(
    'a weight of another length',
    { op, inputs: [floats([2, 4]), floats([5])], attrs },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'an integer weight',
    { op, inputs: [floats([2, 4]), floats([4], { dtype: 'i32' })], attrs },
    'tensor/dtype-mismatch',
  );
  opRefuses(
    'half precision rows',
    { op, inputs: [floats([2, 4], { dtype: 'f16' }), floats([4])], attrs },
    'tensor/dtype-mismatch',
  );
});
