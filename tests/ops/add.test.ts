import { floats, onEachDevice, opCase, opRefuses } from '../support/ops.ts';

const op = 'add';

onEachDevice(() => {
  const attrs = { alpha: -0.75 };
  opCase({ op, title: 'equal shapes', inputs: [floats([3, 5, 7]), floats([3, 5, 7])], attrs });
  opCase({ op, title: 'a row on every row', inputs: [floats([9, 33]), floats([33])], attrs });
  opCase({
    op,
    title: 'a matrix on every one',
    inputs: [floats([4, 3, 5]), floats([3, 5])],
    attrs,
  });
  opCase({ op, title: 'one number', inputs: [floats([6, 11]), floats([1])], attrs });
  opCase({ op, title: 'a scalar', inputs: [floats([6, 11]), floats([])], attrs });
  opCase({ op, title: 'a single row', inputs: [floats([1, 65]), floats([65])], attrs });
  opCase({ op, title: 'no rows', inputs: [floats([0, 8]), floats([8])], attrs });
  opCase({
    op,
    title: 'enough for several threads',
    inputs: [floats([67, 1021]), floats([1021])],
    attrs,
    samples: 3,
  });
  for (const dtype of ['bf16', 'f16'] as const) {
    const half = [floats([5, 19], { dtype }), floats([19])];
    opCase({ op, title: `a of ${dtype}`, inputs: half, attrs });
    const weights = [floats([5, 19]), floats([19], { dtype })];
    opCase({ op, title: `b of ${dtype}`, inputs: weights, attrs });
  }
  for (const [title, a, b] of [
    ['rows', [9, 33], [33]],
    ['alike', [6, 40], [6, 40]],
  ] as const) {
    const inputs = [floats(a, { dtype: 'bf16' }), floats(b, { dtype: 'bf16' })];
    opCase({ op, title: `bf16 to bf16, ${title}`, inputs, attrs: { ...attrs, dtype: 'bf16' } });
  }
  const wide = { op, attrs, inputs: [floats([4, 6]), floats([4])] } as const;
  opRefuses('a b that is no tail of a', wide, 'tensor/shape-mismatch');
  const large = { op, attrs, inputs: [floats([6]), floats([4, 6])] } as const;
  opRefuses('a b larger than a', large, 'tensor/shape-mismatch');
  const whole = { op, attrs, inputs: [floats([2]), floats([2], { dtype: 'i32' })] } as const;
  opRefuses('integers', whole, 'tensor/dtype-mismatch');
  const view = { op, attrs, inputs: [floats([4, 5], { layout: 'rows' }), floats([5])] } as const;
  opRefuses('a strided view', view, 'tensor/not-contiguous');
});
