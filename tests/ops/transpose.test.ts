import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'transpose';

onEachDevice(() => {
  opCase({ op, title: 'a matrix', inputs: [floats([5, 9])], attrs: { axes: [1, 0] } });
  for (const axes of [
    [0, 2, 1],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
    [0, 1, 2],
  ]) {
    opCase({ op, title: `axes ${axes.join(' ')}`, inputs: [floats([3, 4, 5])], attrs: { axes } });
  }
  opCase({ op, title: 'four axes', inputs: [floats([2, 3, 4, 5])], attrs: { axes: [3, 1, 0, 2] } });
  opCase({
    op,
    title: 'half precision',
    inputs: [floats([5, 9], { dtype: 'bf16' })],
    attrs: { axes: [1, 0] },
  });
  opCase({ op, title: 'nothing', inputs: [floats([0, 9])], attrs: { axes: [1, 0] } });
  opRefuses(
    'an axis twice',
    { op, inputs: [floats([2, 2])], attrs: { axes: [0, 0] } },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'too few axes',
    { op, inputs: [floats([2, 2])], attrs: { axes: [0] } },
    'tensor/shape-mismatch',
  );
});
