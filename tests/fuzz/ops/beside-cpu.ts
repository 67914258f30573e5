/** The same case on the device of this thread and on the CPU, which another thread has. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { memoryStats, synchronize } from '../../../src-main/tensor/device.ts';
import { mismatchOf } from '../../support/mismatch.ts';
import { runCase } from './run-case.ts';
import type { Outcome } from './run-case.ts';

export interface Comparison {
  readonly describedAs: string;
  /** What differs, in words; null when nothing does. */
  readonly wrong: string | null;
  /** Both sides refuse such operands, which is agreement too. */
  readonly isRefused: boolean;
}

export class BesideCpu {
  readonly #worker = new Worker(new URL('./cpu-side.ts', import.meta.url));

  async compare(name: string, seed: number): Promise<Comparison> {
    const before = memoryStats().tensors;
    const [got, want] = await Promise.all([runCase(name, seed), this.#onCpu(name, seed)]);
    await synchronize();
    const leaked = memoryStats().tensors - before;
    return {
      describedAs: got.describedAs,
      wrong: leaked === 0 ? differenceOf(name, got, want) : `${leaked} tensors were left behind`,
      isRefused: got.refusal !== null,
    };
  }

  async #onCpu(name: string, seed: number): Promise<Outcome> {
    this.#worker.postMessage({ name, seed });
    const [answer] = (await once(this.#worker, 'message')) as [
      { outcome?: Outcome; error?: string },
    ];
    if (answer.outcome === undefined) throw new Error(`On the CPU: ${answer.error}`);
    return answer.outcome;
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** Of a value that each side computes and then rounds to bf16: one may take the next number. */
const nextOfBf16 = 2 ** -8;
/** Ops whose results of 16 bits are the rounding itself, or not even that. */
const copies = new Set(['cast', 'concat', 'copy_into', 'fill', 'reshape', 'slice', 'transpose']);

function differenceOf(name: string, got: Outcome, want: Outcome): string | null {
  if (got.refusal !== want.refusal) {
    return `refused with ${got.refusal ?? 'nothing'}, the CPU with ${want.refusal ?? 'nothing'}`;
  }
  const names = (outcome: Outcome): string =>
    outcome.results.map(({ what, dtype, shape }) => `${what} ${dtype}[${shape.join()}]`).join('; ');
  if (names(got) !== names(want)) return `gives ${names(got)}, the CPU ${names(want)}`;
  for (const [i, { what, dtype, values, least = 0 }] of got.results.entries()) {
    const goal = want.results[i] as Outcome['results'][number];
    const isComputed = dtype === 'bf16' && !copies.has(name);
    const tolerance = got.tolerance + (isComputed ? nextOfBf16 : 0);
    const wrong = mismatchOf(values, goal.values, tolerance, { dtype, least, isComputed });
    if (wrong !== null) return `${what}: ${wrong.replace('the oracle', 'the CPU')}`;
  }
  return null;
}
