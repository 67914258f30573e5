import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'swiglu';

onEachDevice(() => {
  opCase({ op, title: 'odd sizes', inputs: [floats([7, 37]), floats([7, 37])] });
  const far = floats([6], { values: [-100, -20, 0, 20, 60, 100] });
  opCase({ op, title: 'far from zero', inputs: [far, floats([6])] });
  opCase({ op, title: 'nothing', inputs: [floats([0, 4]), floats([0, 4])] });
  opCase({
    op,
    title: 'enough for several threads',
    inputs: [floats([90, 1025]), floats([90, 1025])],
    samples: 1,
  });
  const half = (shape: number[]) => floats(shape, { dtype: 'bf16' });
  opCase({ op, title: 'bf16', inputs: [half([7, 37]), half([7, 37])] });
  opCase({ op, title: 'bf16 beside f32', inputs: [half([16, 64]), floats([16, 64])], samples: 3 });
  opRefuses(
    'two shapes',
    { op, inputs: [floats([2, 3]), floats([3, 2])] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'half precision',
    { op, inputs: [floats([5], { dtype: 'f16' }), floats([5])] },
    'tensor/dtype-mismatch',
  );
});
