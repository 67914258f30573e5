import { floats, onEachDevice, opRefuses } from '../support/ops.ts';
import { reductionCases } from '../support/reduce-cases.ts';

const op = 'max';

onEachDevice(() => {
  reductionCases(op, 'max');
  const none = { op, inputs: [floats([0, 4])], attrs: { kind: 'max', axis: 0 } } as const;
  opRefuses('the largest of nothing', none, 'tensor/shape-mismatch');
});
