import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'argmax';

onEachDevice(() => {
  opCase({ op, title: 'odd vocabulary', inputs: [floats([7, 1003])] });
  opCase({ op, title: 'one token', inputs: [floats([3, 1])] });
  opCase({ op, title: 'no rows', inputs: [floats([0, 5])] });
  const few = floats([50, 40], { values: (r) => r.below(3) });
  opCase({ op, title: 'ties go to the lowest index', inputs: [few] });
  const infinite = floats([1, 5], { values: [-Infinity, -Infinity, -3, Infinity, Infinity] });
  opCase({ op, title: 'infinities', inputs: [infinite] });
  opRefuses('an empty vocabulary', { op, inputs: [floats([3, 0])] }, 'tensor/bad-argument');
  opRefuses('a vector', { op, inputs: [floats([3])] }, 'tensor/shape-mismatch');
  opRefuses('bf16', { op, inputs: [floats([3, 4], { dtype: 'bf16' })] }, 'tensor/dtype-mismatch');
});
