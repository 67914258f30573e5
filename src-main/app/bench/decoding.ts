/** Writing word by word: one sequence, and several together. */
import { RepeatedStep } from '../../generation/repeated-step.ts';
import { packSequences } from '../../nn/sequence.ts';
import { argmax } from '../../tensor/ops/index.ts';
import { scoped } from '../../tensor/scope.ts';
import { Tensor } from '../../tensor/tensor.ts';
import { rate } from './figure.ts';
import type { Figure, TaskOptions } from './figure.ts';
import { decodeFloor } from './floor.ts';
import { time } from './timing.ts';
import { openBenchModel, benchPrompt, languageWork, weightBytes } from './workload.ts';

/**
 * 64 greedy tokens after a prompt of 325, each of them read. As in generate(), a step is queued before
 * the token of the step before it is read, so that the device does not wait for the host.
 */
export async function decode({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  const newTokens = 64;
  using loaded = await openBenchModel(format, folder);
  const { languageModel: decoder } = loaded.model;
  const prompt = benchPrompt(324, 4, false);
  const timings: number[] = [];
  for (let run = 0; run <= runs; run++) {
    using cache = decoder.newCache(prompt.length + newTokens);
    using sequences = packSequences([prompt.length]);
    using repeated = new RepeatedStep(loaded.model, cache);
    let last = scoped(() => {
      const inputs = { inputIds: prompt, sequences, features: null };
      const rows = Int32Array.of(prompt.length - 1);
      return argmax(loaded.model.logits(loaded.model.hidden(inputs, { cache, rows })));
    });
    await last.read();
    const step = (): Promise<unknown> => {
      const next = argmax(repeated.next(last));
      last.dispose();
      last = next;
      return next.read();
    };
    const start = performance.now();
    let reading = step();
    for (let i = 1; i < newTokens; i++) {
      const next = step();
      await reading;
      reading = next;
    }
    await reading;
    if (run > 0) timings.push((performance.now() - start) / 1000);
    last.dispose();
  }
  const sorted = timings.sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] as number;
  const timing = { seconds: timings, best: sorted[0] as number, median };
  const one = decodeFloor(languageWork([], []), prompt.length, 1, weightBytes(format));
  const floor = { flop: newTokens * one.flop, bytes: newTokens * one.bytes };
  return [rate('greedy decode', newTokens, 'tokens/s', timing, floor)];
}

/** Sequences that are decoded together, each after a prompt of 325. */
const batchSizes = [1, 2, 4, 8, 16, 32, 64] as const;

/** The next token of several sequences at once: how far reading the weights once carries. */
export async function decodeTogether({ format, runs, folder }: TaskOptions): Promise<Figure[]> {
  const [held, newTokens] = [325, 16];
  using loaded = await openBenchModel(format, folder);
  const { languageModel: decoder } = loaded.model;
  const figures: Figure[] = [];
  for (const count of batchSizes) {
    using cache = decoder.newBatchedCache(count, held + (runs + 1) * newTokens);
    const slots = Array.from({ length: count }, (_, slot) => slot);
    // What is held is noise: time does not depend on it.
    for (const slot of slots) cache.hold(slot, held);
    const timing = await time(runs, async () => {
      for (let i = 0; i < newTokens; i++) {
        cache.begin(slots);
        const ones = slots.map(() => 1);
        using at = packSequences(
          ones,
          slots.map((slot) => cache.length(slot)),
        );
        using next = scoped(() => {
          const last = Tensor.from(Int32Array.from(ones), [count], 'i32');
          const hidden = decoder.forward(decoder.embed(last), at, { cache });
          return argmax(loaded.model.logits(hidden));
        });
        await next.read();
      }
    });
    const step = decodeFloor(languageWork([], []), held, count, weightBytes(format));
    const floor = { flop: newTokens * step.flop, bytes: newTokens * step.bytes };
    figures.push(rate(`decode, ${count} together`, count * newTokens, 'tokens/s', timing, floor));
  }
  return figures;
}
