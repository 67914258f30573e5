/** Every op on the device beside the CPU, before anything is timed: a fast wrong answer is none. */
import { Random } from '../../../src-main/base/random.ts';
import { BesideCpu } from '../../fuzz/ops/beside-cpu.ts';
import { fuzzedOps } from '../../fuzz/ops/run-case.ts';

export interface CheckedOps {
  readonly ops: number;
  readonly cases: number;
  /** What differed, with the case. */
  readonly wrong: readonly string[];
}

/** @param casesEach random cases of each op; the case files of `npm test` are apart from this */
export async function checkOps(casesEach: number): Promise<CheckedOps> {
  const random = new Random(20_240);
  const cpu = new BesideCpu();
  const wrong: string[] = [];
  try {
    for (const name of fuzzedOps) {
      for (let i = 0; i < casesEach; i++) {
        const seed = random.uint32();
        const found = await cpu.compare(name, seed);
        if (found.wrong !== null) {
          wrong.push(`${found.describedAs}: ${found.wrong} (--ops ${name} --case ${seed})`);
        }
      }
    }
  } finally {
    await cpu.stop();
  }
  return { ops: fuzzedOps.length, cases: casesEach * fuzzedOps.length, wrong };
}
