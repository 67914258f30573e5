import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'concat';

onEachDevice(() => {
  opCase({
    op,
    title: 'rows',
    inputs: [floats([3, 5]), floats([1, 5]), floats([4, 5])],
    attrs: { axis: 0 },
  });
  opCase({
    op,
    title: 'columns',
    inputs: [floats([3, 5]), floats([3, 1]), floats([3, 8])],
    attrs: { axis: 1 },
  });
  opCase({
    op,
    title: 'a middle axis',
    inputs: [floats([2, 3, 5]), floats([2, 4, 5])],
    attrs: { axis: 1 },
  });
  opCase({
    op,
    title: 'an empty part first, between and last',
    inputs: [floats([0, 4]), floats([2, 4]), floats([0, 4]), floats([3, 4]), floats([0, 4])],
    attrs: { axis: 0 },
  });
  opCase({
    op,
    title: 'nothing but empty parts',
    inputs: [floats([0, 4]), floats([0, 4])],
    attrs: { axis: 0 },
  });
  opCase({ op, title: 'one part', inputs: [floats([2, 4])], attrs: { axis: 0 } });
  opCase({
    op,
    title: 'several dtypes and layouts',
    inputs: [
      floats([3, 5], { dtype: 'bf16' }),
      floats([3, 2], { layout: 'transposed' }),
      floats([3, 4], { dtype: 'f16', layout: 'rows' }),
    ],
    attrs: { axis: 1 },
  });
  opRefuses(
    'other rows',
    { op, inputs: [floats([3, 5]), floats([2, 5])], attrs: { axis: 1 } },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'another rank',
    { op, inputs: [floats([3, 5]), floats([5])], attrs: { axis: 0 } },
    'tensor/shape-mismatch',
  );
  opRefuses('no part', { op, inputs: [], attrs: { axis: 0 } }, 'tensor/missing-operand');
  opRefuses(
    'integers',
    { op, inputs: [floats([3], { dtype: 'i32' })], attrs: { axis: 0 } },
    'tensor/dtype-mismatch',
  );
  opRefuses(
    'an axis that is not there',
    { op, inputs: [floats([3, 2])], attrs: { axis: 2 } },
    'tensor/shape-mismatch',
  );
});
