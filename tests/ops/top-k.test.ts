import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'top_k';

onEachDevice(() => {
  opCase({ op, title: 'some of many', inputs: [floats([5, 1003])], attrs: { k: 17 } });
  opCase({ op, title: 'all of them', inputs: [floats([4, 31])], attrs: { k: 31 } });
  opCase({ op, title: 'one', inputs: [floats([1, 9])], attrs: { k: 1 } });
  opCase({ op, title: 'none', inputs: [floats([3, 9])], attrs: { k: 0 } });
  opCase({ op, title: 'no rows', inputs: [floats([0, 9])], attrs: { k: 3 } });
  const few = floats([20, 40], { values: (r) => r.below(4) });
  opCase({ op, title: 'ties by index', inputs: [few], attrs: { k: 12 } });
  const much = { op, inputs: [floats([2, 4])], attrs: { k: 5 } } as const;
  opRefuses('more than there are', much, 'tensor/shape-mismatch');
});
