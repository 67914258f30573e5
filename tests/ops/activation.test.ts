import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

onEachDevice(() => {
  for (const kind of ['gelu', 'gelu_tanh', 'quick_gelu', 'silu', 'relu'] as const) {
    const inputs = [floats([5, 37], { values: (r) => 3 * r.normal() })];
    opCase({ op: 'activation', title: `${kind} of odd sizes`, inputs, attrs: { kind } });
    const far = [-100, -30, -12, -7, -5.5, -3.5, 0.001, 3.5, 5.5, 7, 12, 30, 100];
    const tails = [floats([far.length], { values: far })];
    opCase({ op: 'activation', title: `${kind} far from zero`, inputs: tails, attrs: { kind } });
  }
  const attrs = { kind: 'silu' };
  opCase({ op: 'activation', title: 'nothing', inputs: [floats([0, 8])], attrs });
  opCase({ op: 'activation', title: 'one number', inputs: [floats([])], attrs });
  for (const kind of ['gelu', 'quick_gelu'] as const) {
    const inputs = [floats([5, 37], { dtype: 'bf16' })];
    opCase({ op: 'activation', title: `${kind} of bf16`, inputs, attrs: { kind }, samples: 4 });
  }
  const f16 = { op: 'activation', inputs: [floats([4], { dtype: 'f16' })], attrs } as const;
  opRefuses('half precision', f16, 'tensor/dtype-mismatch');
  const view = { op: 'activation', inputs: [floats([4, 5], { layout: 'rows' })], attrs } as const;
  opRefuses('a strided view', view, 'tensor/not-contiguous');
});
