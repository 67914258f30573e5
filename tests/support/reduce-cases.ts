import { floats, opCase, opRefuses } from './ops.ts';

/** What every reduction over one axis must get right. */
export function reductionCases(op: 'reduce' | 'max', kind: 'sum' | 'mean' | 'max'): void {
  for (const axis of [0, 1, 2]) {
    const inputs = [floats([5, 7, 19])];
    opCase({ op, title: `${kind} over axis ${axis}`, inputs, attrs: { kind, axis } });
  }
  for (const dtype of ['bf16', 'f16'] as const) {
    const inputs = [floats([6, 21], { dtype })];
    opCase({ op, title: `${kind} of ${dtype}`, inputs, attrs: { kind, axis: 1 } });
  }
  opCase({
    op,
    title: `${kind} of one row`,
    inputs: [floats([1, 40])],
    attrs: { kind, axis: 0 },
  });
  opCase({
    op,
    title: `${kind} of a vector`,
    inputs: [floats([1001])],
    attrs: { kind, axis: 0 },
  });
  opCase({
    op,
    title: `${kind}, nothing left`,
    inputs: [floats([0, 4])],
    attrs: { kind, axis: 1 },
  });
  const many = [floats([500, 67])];
  opCase({
    op,
    title: `${kind} of many rows`,
    inputs: many,
    attrs: { kind, axis: 0 },
    samples: 3,
  });
  const given = { op, inputs: [floats([3, 4])] } as const;
  opRefuses(
    `${kind} over no such axis`,
    { ...given, attrs: { kind, axis: 2 } },
    'tensor/shape-mismatch',
  );
  const turned = {
    op,
    inputs: [floats([3, 4], { layout: 'transposed' })],
    attrs: { kind, axis: 0 },
  } as const;
  opRefuses(`${kind} of a transposed view`, turned, 'tensor/not-contiguous');
  const whole = {
    op,
    inputs: [floats([3], { dtype: 'i32' })],
    attrs: { kind, axis: 0 },
  } as const;
  opRefuses(`${kind} of integers`, whole, 'tensor/dtype-mismatch');
}
