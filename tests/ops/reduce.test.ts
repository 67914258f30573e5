import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import { reductionCases } from '../support/reduce-cases.ts';

const op = 'reduce';

onEachDevice(() => {
  for (const kind of ['sum', 'mean'] as const) reductionCases(op, kind);
  opCase({
    op,
    title: 'the sum of nothing',
    inputs: [floats([0, 4])],
    attrs: { kind: 'sum', axis: 0 },
  });
  const none = { op, inputs: [floats([0, 4])], attrs: { kind: 'mean', axis: 0 } } as const;
  opRefuses('the mean of nothing', none, 'tensor/shape-mismatch');
});
