import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'reshape';

onEachDevice(() => {
  opCase({ op, title: 'other axes', inputs: [floats([6, 10])], attrs: { shape: [4, 3, 5] } });
  opCase({ op, title: 'to a scalar', inputs: [floats([1, 1])], attrs: { shape: [] } });
  opCase({ op, title: 'nothing', inputs: [floats([0, 4])], attrs: { shape: [2, 0, 9] } });
  opCase({
    op,
    title: 'half precision',
    inputs: [floats([6, 10], { dtype: 'bf16' })],
    attrs: { shape: [60] },
  });
  opRefuses(
    'another number of elements',
    { op, inputs: [floats([6])], attrs: { shape: [5] } },
    'tensor/shape-mismatch',
  );
  const turned = {
    op,
    inputs: [floats([6, 2], { layout: 'transposed' })],
    attrs: { shape: [12] },
  } as const;
  opRefuses('memory that is not in order', turned, 'tensor/not-contiguous');
});
