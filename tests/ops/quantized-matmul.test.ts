import { expect, it } from 'vitest';
import { Random } from '../../src-main/base/random.ts';
import { dequantize, linear, quantize, quantizedLinear } from '../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../src-main/tensor/tensor.ts';
import { roundingOfFactors } from '../support/devices.ts';
import { magnitudeOf } from '../support/ops-compare.ts';
import { floats, isFurtherDriver, onEachDevice, opCase, opRefuses } from '../support/ops.ts';
import { valuesOf, withoutLeak } from '../support/ops.ts';
import { int8Inputs, nf4Inputs } from '../support/quantized-inputs.ts';

const op = 'quantized_matmul';
// A quantised map may be rounded to 16 bits with what it is multiplied by, see matmul.test.ts.
const rounds = 5 * 2 ** -8;

onEachDevice(() => {
  for (const transposeW of [true, false]) {
    const how = transposeW ? 'a wᵀ' : 'a w';
    const kinds = [
      ['nf4', true, nf4Inputs],
      ['nf4 once', false, (rows: number, cols: number) => nf4Inputs(rows, cols, false)],
      ['int8', false, int8Inputs],
    ] as const;
    for (const [kind, twice, operands] of kinds) {
      const sizes = [
        [1, 19, 37],
        [1, 19, 128], // rows begin with a block: the path of decoding
        [2, 21, 352],
        [4, 9, 1056],
        [7, 10, 192],
        [15, 33, 96],
        [12, 9, 64],
        [65, 50, 130],
      ] as const;
      for (const [m, rows, cols] of sizes) {
        const [inner, n] = transposeW ? [cols, rows] : [rows, cols];
        opCase({
          op,
          title: `${how}, ${kind}, ${m} rows with ${rows} by ${cols}`,
          inputs: [floats([m, inner]), ...operands(rows, cols), floats([n])],
          attrs: { rows, cols, transposeW, twice },
          samples: 4,
        });
      }
      for (const m of [1, 20]) {
        opCase({
          op,
          title: `${how}, ${kind}, ${m} rows added to a sum`,
          inputs: [floats([m, 64]), ...operands(64, 64), floats([m, 64])],
          attrs: { rows: 64, cols: 64, transposeW, twice, dtype: 'f32' },
          samples: 3,
          tolerance: rounds,
          gradientTolerance: rounds,
        });
      }
      opCase({
        op,
        title: `${how}, ${kind}, bf16, no bias`,
        inputs: [
          floats([3, transposeW ? 64 : 8], { dtype: 'bf16', layout: 'rows' }),
          ...operands(8, 64),
          null,
        ],
        attrs: { rows: 8, cols: 64, transposeW, twice },
        samples: 4,
      });
    }
  }
  opRefuses(
    'inner sizes that differ',
    {
      op,
      inputs: [floats([2, 3]), ...int8Inputs(4, 5), null],
      attrs: { rows: 4, cols: 5, transposeW: true, twice: false },
    },
    'tensor/shape-mismatch',
  );
  opRefuses(
    'codes of another length',
    {
      op,
      inputs: [floats([2, 70]), ...nf4Inputs(4, 60), null],
      attrs: { rows: 4, cols: 70, transposeW: true, twice: true },
    },
    'tensor/shape-mismatch',
  );

  it('equals widening and multiplying, in random shapes', () =>
    withoutLeak(async () => {
      const random = new Random(9);
      for (let round = 0; round < (isFurtherDriver ? 12 : 120); round++) {
        const format = round % 2 === 0 ? 'nf4' : 'int8';
        const m = 1 + random.below(round % 3 === 0 ? 200 : 40);
        const rows = 1 + random.below(90);
        const cols = round % 4 === 0 ? 64 * (1 + random.below(6)) : 1 + random.below(300);
        const normal = (count: number): number[] =>
          Array.from({ length: count }, () => random.normal());
        using x = Tensor.from(normal(m * cols), [m, cols]);
        using weight = Tensor.from(normal(rows * cols), [rows, cols]);
        using matrix = quantize(weight, format);
        using wide = dequantize(matrix);
        using got = quantizedLinear(x, matrix);
        using wanted = linear(x, wide);
        const [a, b] = [await valuesOf(got), await valuesOf(wanted)];
        const largest = a.reduce(
          (most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))),
          0,
        );
        // Two factors rounded, each term off by less than a unit: a sum by a fraction of one of its
        // magnitude, and some times that among thousands.
        const tolerance = 1e-5 + 4 * roundingOfFactors();
        expect(largest, `${format} ${m} × ${rows} × ${cols}`).toBeLessThan(
          tolerance * Math.max(1, magnitudeOf(b)),
        );
      }
    }));
});
