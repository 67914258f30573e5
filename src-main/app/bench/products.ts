/** Matrix products of the shapes that steps are made of. */
import type { DType } from '../../tensor/dtype.ts';
import { matmul, randomFillInPlace } from '../../tensor/ops/index.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { rate } from './figure.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { time } from './timing.ts';
import { plainDType } from './workload.ts';

/** Matrix products of training and inference: rows, columns, inner size, which operand is transposed. */
const gemmShapes = [
  { m: 1300, n: 512, k: 512, form: 'nt' },
  { m: 1300, n: 1408, k: 512, form: 'nt' },
  { m: 1300, n: 512, k: 1408, form: 'nt' },
  { m: 1300, n: 512, k: 1408, form: 'nn' },
  { m: 512, n: 1408, k: 1300, form: 'tn' },
  { m: 788, n: 3072, k: 768, form: 'nt' },
  { m: 308, n: 32064, k: 512, form: 'nt' },
  { m: 1300, n: 16, k: 512, form: 'nt' },
  { m: 1300, n: 512, k: 16, form: 'nt' },
  { m: 1024, n: 1024, k: 1024, form: 'nn' },
  { m: 32, n: 1408, k: 512, form: 'nt' },
  { m: 1, n: 32064, k: 512, form: 'nt' },
] as const;

export async function gemm({ format, runs }: TaskOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { m, n, k, form } of gemmShapes) {
    using a = random(form === 'tn' ? [k, m] : [m, k], 'f32');
    using b = random(form === 'nt' ? [n, k] : [k, n], form === 'tn' ? 'f32' : plainDType(format));
    const options = { transposeA: form === 'tn', transposeB: form === 'nt' };
    const flop = 2 * m * n * k;
    const repeats = Math.max(1, Math.round(2e9 / flop));
    const timing = await time(runs, () => {
      for (let i = 0; i < repeats; i++) matmul(a, b, options).dispose();
    });
    const name = `gemm ${m}×${n}×${k} ${form}`;
    figures.push(rate(name, (repeats * flop) / 1e9, 'GFLOP/s', timing));
  }
  return figures;
}

function random(shape: readonly number[], dtype: DType): Tensor {
  const tensor = Tensor.empty(shape, dtype);
  randomFillInPlace(tensor, { kind: 'normal', a: 0, b: 1, seed: 5, stream: 0 });
  return tensor;
}
