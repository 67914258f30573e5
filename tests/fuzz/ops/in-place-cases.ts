/** Random cases of the kernels that write into memory a caller holds: the tape never meets them. */
import type { Random } from '../../../src-main/base/random.ts';
import {
  adamw8bitInPlace,
  adamwInPlace,
  addInPlace,
  clipCoefficientInto,
  copyInto,
  fillInPlace,
  momentBlock,
  mulInPlace,
  randomFillInPlace,
  ropeInto,
  scaleInPlace,
  scatterAddRowsInPlace,
  slice,
  sumSquaresInto,
} from '../../../src-main/tensor/ops/index.ts';
import { Tensor } from '../../../src-main/tensor/tensor.ts';
import { floats, ints } from '../../support/ops-inputs.ts';
import type { InputSpec } from '../../support/ops-inputs.ts';
import { countOf, floatType, shapeOf, sizeOf, valueType } from './sizes.ts';

export interface InPlaceCase {
  readonly inputs: readonly InputSpec[];
  /** Hands out the tensors that were written; whoever calls it disposes of new ones. */
  readonly run: (inputs: readonly Tensor[]) => Tensor[];
  readonly tolerance?: number;
}

const layouts = ['contiguous', 'rows', 'transposed'] as const;

type Take = readonly Tensor[];
const at = (inputs: Take, i: number): Tensor => inputs[i] as Tensor;

export const inPlaceCases: Readonly<Record<string, (random: Random) => InPlaceCase>> = {
  adamw(random) {
    const count = countOf(random, 3000);
    const dtype = floatType(random);
    const step = 1 + random.below(30);
    const clips = random.below(2) === 0;
    const shape = [count];
    const squares = { values: (r: Random): number => r.normal() ** 2 };
    return {
      inputs: [
        floats(shape, { dtype }),
        floats(shape),
        floats(shape),
        floats(shape, squares),
        floats(shape),
        floats([1], squares),
      ],
      run(inputs) {
        const master = dtype === 'f32' ? null : at(inputs, 4);
        const [param, grad, m, v] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
        const gradScale = clips ? at(inputs, 5) : null;
        // prettier-ignore
        adamwInPlace({ param, grad, m, v, master, gradScale, learningRate: 1e-2, beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.1, step });
        return [m, v, master ?? param];
      },
      tolerance: 1e-5,
    };
  },
  // One step from nothing: later ones would depend on which way a code falls that lies in the middle.
  adamw_8bit(random) {
    const count = countOf(random, 3000);
    const dtype = floatType(random);
    const blocks = Math.ceil(count / momentBlock);
    const scales = { values: (): number => 0 };
    return {
      inputs: [
        floats([count], { dtype }),
        floats([count]),
        floats([blocks], scales),
        floats([blocks], scales),
        floats([count]),
      ],
      run(inputs) {
        const master = dtype === 'f32' ? null : at(inputs, 4);
        const [param, grad, mScale, vScale] = [0, 1, 2, 3].map((i) => at(inputs, i)) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const codes = (): Tensor =>
          Tensor.from(new Uint8Array(blocks * momentBlock), [blocks, momentBlock], 'u8');
        using m = codes();
        using v = codes();
        // prettier-ignore
        adamw8bitInPlace({ param, grad, m, mScale, v, vScale, master, gradScale: null, learningRate: 1e-2, beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.1, step: 1 });
        return [mScale, vScale, master ?? param];
      },
      tolerance: 1e-5,
    };
  },
  add_in_place(random) {
    const shape = [countOf(random, 100), sizeOf(random, 200)];
    const alpha = random.normal();
    return {
      inputs: [floats(shape), floats(shape, { dtype: floatType(random) })],
      run(inputs) {
        addInPlace(at(inputs, 0), at(inputs, 1), alpha);
        return [at(inputs, 0)];
      },
    };
  },
  clip_coefficient(random) {
    const values = { values: (r: Random): number => r.normal() ** 2 };
    const limit = random.pick([0, 0.5, 100]);
    return {
      inputs: [floats([sizeOf(random, 500)], values), floats([2])],
      run(inputs) {
        clipCoefficientInto(at(inputs, 0), at(inputs, 1), limit);
        return [at(inputs, 1)];
      },
    };
  },
  copy_into(random) {
    const shape = shapeOf(random, 1 + random.below(4), 20_000);
    const types = shape.length > 1 ? layouts : (['contiguous'] as const);
    return {
      inputs: [
        floats(shape, { dtype: floatType(random), layout: random.pick(types) }),
        // What was there has to go, and what lies beside it has to stay.
        floats(shape, { dtype: floatType(random), layout: random.pick(types) }),
      ],
      run(inputs) {
        copyInto(at(inputs, 0), at(inputs, 1));
        return [at(inputs, 1)];
      },
    };
  },
  fill(random) {
    const shape = shapeOf(random, 1 + random.below(3), 20_000);
    const value = random.normal();
    return {
      inputs: [floats(shape, { dtype: floatType(random) })],
      run(inputs) {
        fillInPlace(at(inputs, 0), value);
        return [at(inputs, 0)];
      },
    };
  },
  mul_in_place(random) {
    const shape = [countOf(random, 100), sizeOf(random, 200)];
    const factors = random.below(2) === 0 ? shape : [1];
    return {
      inputs: [floats(shape), floats(factors, { dtype: floatType(random) })],
      run(inputs) {
        mulInPlace(at(inputs, 0), at(inputs, 1));
        return [at(inputs, 0)];
      },
    };
  },
  random_fill(random) {
    const fill = {
      kind: random.pick(['uniform', 'normal'] as const),
      a: random.normal(),
      b: 1 + random.next(),
      seed: random.uint32(),
      stream: random.below(100),
    };
    return {
      // Many, so that one where mean and deviation cancel is measured by the others.
      inputs: [floats([64 + random.below(3000)])],
      run(inputs) {
        randomFillInPlace(at(inputs, 0), fill);
        return [at(inputs, 0)];
      },
    };
  },
  rope_into(random) {
    const [rows, heads, half] = [sizeOf(random, 60), 1 + random.below(5), sizeOf(random, 40)];
    const index = random.permutation(rows).slice(0, random.below(rows + 1));
    const positions = index.map(() => random.below(4096));
    return {
      inputs: [
        floats([index.length, heads, 2 * half], { dtype: valueType(random) }),
        floats([rows, heads, 2 * half]),
        ints(positions),
        floats([half], { values: (r) => 10_000 ** -r.next() }),
        ints(index),
      ],
      run(inputs) {
        const rotation = { positions: at(inputs, 2), inverseFrequency: at(inputs, 3), scale: 0.5 };
        ropeInto(at(inputs, 0), at(inputs, 1), rotation, at(inputs, 4));
        return [at(inputs, 1)];
      },
      // Angles of thousands keep a few bits less.
      tolerance: 1e-3,
    };
  },
  scale_in_place(random) {
    const factor = random.normal();
    return {
      inputs: [floats(shapeOf(random, 1 + random.below(3), 20_000))],
      run(inputs) {
        scaleInPlace(at(inputs, 0), factor);
        return [at(inputs, 0)];
      },
    };
  },
  scatter_add_rows(random) {
    const [rows, cols, count] = [sizeOf(random, 60), sizeOf(random, 200), countOf(random, 80)];
    const index = Array.from({ length: count }, () => random.below(rows));
    return {
      inputs: [floats([rows, cols]), ints(index), floats([count, cols])],
      run(inputs) {
        scatterAddRowsInPlace(at(inputs, 0), at(inputs, 1), at(inputs, 2));
        return [at(inputs, 0)];
      },
    };
  },
  sum_squares(random) {
    const slots = 1 + random.below(5);
    const slot = random.below(slots);
    return {
      inputs: [floats([countOf(random, 20_000)], { dtype: floatType(random) }), floats([slots])],
      run(inputs) {
        const squares = at(inputs, 1);
        sumSquaresInto(at(inputs, 0), squares, slot);
        return [slice(squares, 0, slot, slot + 1)];
      },
    };
  },
};
