import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'patchify';

onEachDevice(() => {
  opCase({ op, title: 'whole patches', inputs: [floats([2, 3, 8, 12])], attrs: { patch: 4 } });
  opCase({
    op,
    title: 'a rest at the right and below',
    inputs: [floats([2, 3, 9, 11])],
    attrs: { patch: 4 },
  });
  opCase({ op, title: 'one patch', inputs: [floats([1, 1, 5, 5])], attrs: { patch: 5 } });
  opCase({ op, title: 'single pixels', inputs: [floats([1, 3, 4, 3])], attrs: { patch: 1 } });
  opCase({ op, title: 'no image', inputs: [floats([0, 3, 8, 8])], attrs: { patch: 4 } });
  opCase({
    op,
    title: 'a patch of 14',
    inputs: [floats([2, 3, 44, 57])],
    attrs: { patch: 14 },
    samples: 3,
  });
  opRefuses(
    'images smaller than a patch',
    { op, inputs: [floats([1, 3, 3, 8])], attrs: { patch: 4 } },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'a patch of 0',
    { op, inputs: [floats([1, 3, 3, 8])], attrs: { patch: 0 } },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'three axes',
    { op, inputs: [floats([3, 8, 8])], attrs: { patch: 4 } },
    'tensor/shape-mismatch',
  );
});
