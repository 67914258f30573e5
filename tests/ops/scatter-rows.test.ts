import { floats, ints, onEachDevice, opCase, opFailsAtRead, opRefuses } from '../support/ops.ts';

const op = 'scatter_rows';

onEachDevice(() => {
  opCase({ op, title: 'some rows', inputs: [floats([7, 13]), ints([6, 0, 3]), floats([3, 13])] });
  opCase({ op, title: 'all rows', inputs: [floats([3, 5]), ints([1, 2, 0]), floats([3, 5])] });
  opCase({ op, title: 'no row', inputs: [floats([3, 5]), ints([]), floats([0, 5])] });
  opCase({
    op,
    title: 'into half precision',
    inputs: [floats([4, 5], { dtype: 'bf16' }), ints([2]), floats([1, 5])],
  });
  opCase({
    op,
    title: 'slices',
    inputs: [floats([4, 5], { layout: 'rows' }), ints([2, 0]), floats([2, 5], { layout: 'rows' })],
  });
  opRefuses(
    'rows of another length',
    { op, inputs: [floats([3, 5]), ints([1]), floats([1, 4])] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'too few rows',
    { op, inputs: [floats([3, 5]), ints([1, 2]), floats([1, 5])] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'half precision rows',
    { op, inputs: [floats([3, 5]), ints([1]), floats([1, 5], { dtype: 'f16' })] },
    'tensor/dtype-mismatch',
  );
  opFailsAtRead('an index past the end', {
    op,
    inputs: [floats([3, 5]), ints([3]), floats([1, 5])],
  });
  opFailsAtRead('a negative index', { op, inputs: [floats([3, 5]), ints([-1]), floats([1, 5])] });
});
