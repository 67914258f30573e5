import { floats, ints, onEachDevice, opCase, opFailsAtRead, opRefuses } from '../support/ops.ts';

const op = 'gather_rows';

onEachDevice(() => {
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    const inputs = [floats([11, 35], { dtype }), ints([3, 0, 10, 3, 3, 7])];
    opCase({ op, title: `of ${dtype}, a row several times`, inputs });
  }
  opCase({ op, title: 'slices', inputs: [floats([5, 6], { layout: 'rows' }), ints([4, 1])] });
  opCase({ op, title: 'nothing picked', inputs: [floats([5, 6]), ints([])] });
  opCase({ op, title: 'nothing picked from nothing', inputs: [floats([0, 6]), ints([])] });
  opCase({ op, title: 'one lane', inputs: [floats([5, 1]), ints([2])] });
  const many = ints(Array.from({ length: 700 }, (_, i) => (i * 37) % 101));
  opCase({
    op,
    title: 'enough for several threads',
    inputs: [floats([101, 96]), many],
    samples: 3,
  });
  opRefuses(
    'float indices',
    { op, inputs: [floats([5, 6]), floats([2])] },
    'tensor/dtype-mismatch',
  );
  opRefuses('a vector', { op, inputs: [floats([5]), ints([2])] }, 'tensor/shape-mismatch');
  const turned = { op, inputs: [floats([5, 6], { layout: 'transposed' }), ints([2])] } as const;
  opRefuses('scattered rows', turned, 'tensor/not-contiguous');
  opFailsAtRead('a negative index', { op, inputs: [floats([5, 6]), ints([0, -1])] });
  opFailsAtRead('an index past the end', { op, inputs: [floats([5, 6]), ints([5])] });
});
