import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'softmax';

onEachDevice(() => {
  opCase({ op, title: 'odd sizes', inputs: [floats([7, 37])] });
  opCase({ op, title: 'a single row', inputs: [floats([1, 1003])], samples: 3 });
  opCase({ op, title: 'one column', inputs: [floats([5, 1])] });
  opCase({ op, title: 'no rows', inputs: [floats([0, 9])] });
  const many = floats([65_600, 2]);
  const title = 'more rows than a graphics device counts along an axis';
  opCase({ op, title, inputs: [many], samples: 1, long: 'on further drivers' });
  const loud = floats([4, 33], { values: (r) => 200 + 60 * r.normal() });
  opCase({ op, title: 'large logits', inputs: [loud], tolerance: 1e-5 });
  const masked = floats([1, 5], { values: [1, -Infinity, 2, -Infinity, 0.5] });
  opCase({ op, title: 'masked logits', inputs: [masked], samples: 0 });
  opRefuses('a vector', { op, inputs: [floats([5])] }, 'tensor/shape-mismatch');
  opRefuses(
    'half precision',
    { op, inputs: [floats([5, 2], { dtype: 'f16' })] },
    'tensor/dtype-mismatch',
  );
});
