import { floats, ints, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'scale';

onEachDevice(() => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    opCase({
      op,
      title: `of ${dtype}`,
      inputs: [floats([7, 37], { dtype })],
      attrs: { factor: -1.75 },
    });
  }
  opCase({ op, title: 'by zero', inputs: [floats([5])], attrs: { factor: 0 } });
  opCase({ op, title: 'nothing', inputs: [floats([0])], attrs: { factor: 2 } });
  opCase({ op, title: 'a scalar', inputs: [floats([])], attrs: { factor: 2 } });
  opRefuses('integers', { op, inputs: [ints([1])], attrs: { factor: 2 } }, 'tensor/dtype-mismatch');
  opRefuses(
    'a factor that is no number',
    { op, inputs: [floats([1])], attrs: { factor: '2' } },
    'tensor/bad-argument',
  );
  const view = { op, inputs: [floats([4, 5], { layout: 'rows' })], attrs: { factor: 2 } } as const;
  opRefuses('a strided view', view, 'tensor/not-contiguous');
});
