import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'slice';

onEachDevice(() => {
  for (const axis of [0, 1, 2]) {
    const attrs = { axis, start: 1, end: 3 };
    opCase({ op, title: `along axis ${axis}`, inputs: [floats([4, 3, 5])], attrs });
    const turned = [floats([4, 3, 5], { layout: 'transposed' })];
    opCase({ op, title: `along axis ${axis} of a transposed view`, inputs: turned, attrs });
    opCase({
      op,
      title: `nothing of axis ${axis}`,
      inputs: [floats([4, 3, 5])],
      attrs: { axis, start: 2, end: 2 },
    });
  }
  opCase({
    op,
    title: 'half precision',
    inputs: [floats([4, 3], { dtype: 'f16' })],
    attrs: { axis: 0, start: 0, end: 2 },
  });
  opCase({
    op,
    title: 'nothing at the end',
    inputs: [floats([4, 3])],
    attrs: { axis: 0, start: 4, end: 4 },
  });
  for (const [start, end] of [
    [-1, 2],
    [0, 5],
    [3, 2],
  ] as const) {
    const outside = { op, inputs: [floats([4])], attrs: { axis: 0, start, end } } as const;
    opRefuses(`${start} to ${end} of 4`, outside, 'tensor/shape-mismatch');
  }
  opRefuses(
    'no such axis',
    { op, inputs: [floats([4])], attrs: { axis: 1, start: 0, end: 1 } },
    'tensor/shape-mismatch',
  );
});
