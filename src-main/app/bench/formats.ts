/** What formats of weights are worth: products of few rows, and decoding. */
import { packSequences } from '../../nn/sequence.ts';
import type { LoadedModel } from '../../models/load.ts';
import {
  argmax,
  linear,
  quantize,
  quantizedLinear,
  randomFillInPlace,
  slice,
} from '../../tensor/ops/index.ts';
import { scoped } from '../../tensor/scope.ts';
import { Tensor } from '../../tensor/tensor.ts';
import type { Figure } from './figure.ts';
import { time } from './timing.ts';
import { benchModel, benchPrompt, isQuantFormat, weightFormats } from './workload.ts';
import type { WeightFormat } from './workload.ts';

const rowCounts = [1, 2, 4, 8, 16, 32, 64];
/** A weight larger than caches, as decoding reads them: bytes per second are those of memory. */
const [outputs, inputs] = [4096, 4096];
const decodedTokens = 32;

/** Both in one task, so that formats are compared under the same load of the machine. */
export async function formatRates({ runs }: { readonly runs: number }): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const format of weightFormats) figures.push(...(await productRates(format, runs)));
  for (const format of weightFormats) figures.push(await decodeRate(format, runs));
  return figures;
}

async function productRates(format: WeightFormat, runs: number): Promise<Figure[]> {
  const figures: Figure[] = [];
  using plain = normal([outputs, inputs], isQuantFormat(format) ? 'f32' : format);
  using matrix = isQuantFormat(format) ? quantize(plain, format) : null;
  const bytes = matrix?.sizeBytes ?? plain.sizeBytes;
  for (const rows of rowCounts) {
    using x = normal([rows, inputs], 'f32');
    const repeats = 4;
    const timing = await time(runs, () => {
      for (let i = 0; i < repeats; i++) {
        (matrix === null ? linear(x, plain) : quantizedLinear(x, matrix)).dispose();
      }
    });
    figures.push({
      name: `${format} ${outputs}×${inputs}, ${rows} rows`,
      value: (repeats * bytes) / timing.median / 1e9,
      unit: 'GB/s of weights',
      timing,
    });
  }
  return figures;
}

function normal(shape: readonly number[], dtype: 'f32' | 'bf16' | 'f16'): Tensor {
  const tensor = Tensor.empty(shape, dtype);
  randomFillInPlace(tensor, { kind: 'normal', a: 0, b: 1, seed: 6, stream: 0 });
  return tensor;
}

/** Greedy tokens after a short prompt; the head stays in bf16 where the layers are in few bits. */
async function decodeRate(format: WeightFormat, runs: number): Promise<Figure> {
  using loaded = benchModel(format);
  const timing = await time(runs, () => decode(loaded));
  const value = decodedTokens / timing.median;
  return { name: `decode, ${format}`, value, unit: 'tokens/s', timing };
}

async function decode({ model }: LoadedModel): Promise<void> {
  const { languageModel: decoder } = model;
  const prompt = benchPrompt(31, 4, false);
  using cache = decoder.newCache(prompt.length + decodedTokens);
  using sequences = packSequences([prompt.length]);
  let last = scoped(() => {
    const hidden = model.hidden({ inputIds: prompt, sequences, features: null }, { cache });
    return argmax(model.logits(slice(hidden, 0, prompt.length - 1, prompt.length)));
  });
  for (let i = 1; i < decodedTokens; i++) {
    using at = packSequences([1], cache.length);
    const next = scoped(() =>
      argmax(model.logits(decoder.forward(decoder.embed(last), at, { cache }))),
    );
    last.dispose();
    last = next;
    await last.read();
  }
  last.dispose();
}
