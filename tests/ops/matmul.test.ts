import { floats, ints, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import type { InputSpec } from '../support/ops.ts';

const op = 'matmul';
const plain = { transposeA: false, transposeB: false, alpha: 1 };

onEachDevice(() => {
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const attrs = { transposeA, transposeB, alpha: 0.5 };
      const how = `${transposeA ? 'aᵀ' : 'a'} ${transposeB ? 'bᵀ' : 'b'}`;
      const inputs = (
        m: number,
        k: number,
        n: number,
        rest: Partial<InputSpec> = {},
      ): InputSpec[] => [
        floats(transposeA ? [k, m] : [m, k], rest),
        floats(transposeB ? [n, k] : [k, n], rest),
        floats([n], { ...rest, layout: 'contiguous' }),
      ];
      opCase({ op, title: `${how}, odd sizes`, inputs: inputs(7, 13, 5), attrs });
      opCase({ op, title: `${how}, one row`, inputs: inputs(1, 37, 19), attrs });
      opCase({ op, title: `${how}, one column`, inputs: inputs(9, 37, 1), attrs });
      opCase({
        op,
        title: `${how}, several panels`,
        inputs: inputs(65, 130, 50),
        attrs,
        samples: 2,
      });
      opCase({ op, title: `${how}, slices`, inputs: inputs(6, 11, 9, { layout: 'rows' }), attrs });
      opCase({ op, title: `${how}, no rows`, inputs: inputs(0, 4, 3), attrs });
      opCase({ op, title: `${how}, nothing to sum`, inputs: inputs(3, 0, 4), attrs });
      for (const dtype of ['bf16', 'f16'] as const) {
        opCase({
          op,
          title: `${how} of ${dtype}`,
          inputs: inputs(5, 33, 17, { dtype }),
          attrs,
          samples: 4,
        });
        const one = inputs(1, 70, 40, { dtype });
        opCase({ op, title: `${how} of ${dtype}, one row`, inputs: one, attrs, samples: 4 });
      }
    }
  }
  // Rows that can be read 16 bytes at a time: the path of decoding, alone and several together.
  for (const dtype of ['f32', 'bf16', 'f16'] as const) {
    for (const [m, k, n] of [
      [1, 64, 21],
      [2, 136, 35],
      [4, 1032, 9],
      [7, 296, 13],
      [15, 48, 70],
    ] as const) {
      opCase({
        op,
        title: `${m} rows along the rows of a weight of ${dtype}, ${k} by ${n}`,
        inputs: [floats([m, k]), floats([n, k], { dtype }), floats([n], { dtype })],
        attrs: { ...plain, transposeB: true, alpha: 0.5 },
        samples: 3,
      });
    }
    opCase({
      op,
      title: `3 rows of ${dtype}, both slices`,
      inputs: [
        floats([3, 40], { dtype, layout: 'rows' }),
        floats([17, 40], { dtype, layout: 'rows' }),
        null,
      ],
      attrs: { ...plain, transposeB: true },
      samples: 3,
    });
  }
  // As many results as the large tiles of a graphics card are for.
  const many = [floats([5, 3]), floats([16_300, 3]), null];
  const turnedB = { ...plain, transposeB: true };
  opCase({
    op,
    title: 'many results',
    inputs: many,
    attrs: turnedB,
    samples: 1,
    long: 'on further drivers',
  });
  const mixed = [floats([4, 9]), floats([9, 6], { dtype: 'bf16' }), null];
  opCase({ op, title: 'a weight of bf16, no bias', inputs: mixed, attrs: plain });
  // A factor of 16 bits lets devices with cooperative matrices round the other one to as many: each by half
  // of u = 2^-8 at most. A sum is off by about 0.3u of its magnitude then; five times u is rare.
  const rounds = 5 * 2 ** -8;
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const b = transposeB ? [50, 136] : [136, 50];
      const inputs = [
        floats(transposeA ? [136, 70] : [70, 136]),
        floats(b, { dtype: 'bf16' }),
        floats([50]),
      ];
      const attrs = { transposeA, transposeB, alpha: 0.5 };
      const title = `many rows${transposeA ? ', turned,' : ''} by a${transposeB ? ' turned' : ''} weight of bf16`;
      opCase({
        op,
        title,
        inputs,
        attrs,
        samples: 2,
        tolerance: rounds,
        gradientTolerance: rounds,
      });
    }
  }
  // More tiles than a device of one core has room for at a time: the last ones are split along K.
  for (const transposeA of [false, true]) {
    const a = floats(transposeA ? [1104, 150] : [150, 1104], { dtype: 'bf16', grad: false });
    opCase({
      op,
      title: `tiles left over${transposeA ? ', turned' : ''}`,
      inputs: [a, floats([1104, 130], { dtype: 'bf16' }), floats([130])],
      attrs: { ...plain, transposeA, alpha: 0.5 },
      samples: 1,
      tolerance: rounds,
      gradientTolerance: rounds,
    });
  }
  const vast = floats([40, 64], { values: (r) => 1e30 * r.normal() });
  const tiny = floats([24, 64], { dtype: 'bf16', values: (r) => 1e-32 * r.normal() });
  opCase({
    op,
    title: 'factors outside of the range of f16',
    inputs: [vast, tiny, null],
    attrs: { ...plain, transposeB: true },
    samples: 0,
    tolerance: rounds,
  });
  // Values of bf16: the result, and the gradient of a.
  for (const [m, k, n] of [
    [3, 40, 17],
    [40, 64, 48],
    [40, 72, 37],
    [20, 520, 6],
    [1, 40, 9],
  ] as const) {
    opCase({
      op,
      title: `${m} by ${n} of bf16, in and out`,
      inputs: [floats([m, k], { dtype: 'bf16' }), floats([n, k], { dtype: 'bf16' }), floats([n])],
      attrs: { ...plain, transposeB: true, dtype: 'bf16' },
      samples: 2,
      tolerance: rounds,
      gradientTolerance: rounds,
    });
  }
  // Added to a sum: by the kernels of few rows, with what stands beside a product, and after it.
  for (const [m, k, n, dtype] of [
    [1, 64, 21, 'bf16'],
    [3, 40, 17, 'f32'],
    [5, 13, 7, 'f32'],
    [40, 64, 48, 'bf16'],
    [40, 72, 37, 'bf16'],
  ] as const) {
    opCase({
      op,
      title: `${m} by ${n}, added to a sum, a weight of ${dtype}`,
      inputs: [floats([m, k]), floats([n, k], { dtype }), floats([m, n])],
      attrs: { ...plain, transposeB: true, alpha: 0.5, dtype: 'f32' },
      samples: 2,
      ...(dtype === 'f32' ? {} : { tolerance: rounds, gradientTolerance: rounds }),
    });
  }
  opRefuses(
    'a sum of f32 for a result of bf16',
    {
      op,
      inputs: [floats([2, 3]), floats([3, 4]), floats([2, 4])],
      attrs: { ...plain, dtype: 'bf16' },
    },
    'tensor/shape-mismatch',
  );
  // One short axis, as the inside of adapters has. What stands beside the long matrix is f32, and never rounded to
  // fewer bits, also where that matrix has 16: shorter ones go the same way then.
  for (const [title, m, k, n, transposeA, transposeB] of [
    ['rows by few columns', 300, 516, 12, false, true],
    ['rows by some columns', 257, 259, 37, false, false],
    ['few rows of a transpose', 12, 333, 300, true, false],
    ['a transpose by few columns', 300, 333, 7, true, false],
    ['a transpose by some columns', 258, 261, 35, true, false],
    ['a short inside', 130, 16, 300, false, true],
    ['a shorter inside', 70, 5, 516, false, false],
  ] as const) {
    const inputs = [
      floats(transposeA ? [k, m] : [m, k]),
      floats(transposeB ? [n, k] : [k, n]),
      null,
    ];
    opCase({ op, title, inputs, attrs: { transposeA, transposeB, alpha: 0.5 }, samples: 1 });
  }
  for (const dtype of ['bf16', 'f16'] as const) {
    const layouts = ['contiguous', 'rows'] as const;
    for (const layout of dtype === 'f16' ? layouts.slice(0, 1) : layouts) {
      const long = { dtype, layout, grad: false };
      for (const [title, transposeA, transposeB, a, b] of [
        ['rows by few columns', false, true, floats([70, 136], long), floats([16, 136])],
        ['rows by some columns', false, false, floats([37, 80], long), floats([80, 21])],
        ['few rows of a transpose', true, false, floats([150, 3]), floats([150, 72], long)],
        ['a transpose by columns, few', true, false, floats([77, 100], long), floats([77, 18])],
      ] as const) {
        opCase({
          op,
          title: `${title}, the long ${layout === 'rows' ? 'slice' : 'ones'} of ${dtype}`,
          inputs: [a, b, null],
          attrs: { transposeA, transposeB, alpha: 0.5 },
          samples: 2,
        });
      }
    }
  }
  const given = { op, attrs: plain } as const;
  opRefuses(
    'inner sizes that differ',
    { ...given, inputs: [floats([2, 3]), floats([4, 5]), null] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'a bias of another length',
    { ...given, inputs: [floats([2, 3]), floats([3, 5]), floats([4])] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'a vector',
    { ...given, inputs: [floats([3]), floats([3, 5]), null] },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'integers',
    { ...given, inputs: [ints([1, 2], [1, 2]), floats([2, 5]), null] },
    'tensor/dtype-mismatch',
  );
  const turned = [floats([4, 3], { layout: 'transposed' }), floats([3, 5]), null];
  opRefuses('scattered rows', { ...given, inputs: turned }, 'tensor/not-contiguous');
});
