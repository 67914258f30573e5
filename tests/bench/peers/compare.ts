/**
 * Ours beside transformers + PEFT and llama.cpp at the same work on the same machine.
 *
 *   npm run bench:peers -- --llama FOLDER --transformers 'COMMAND' [--one-thread]
 *     [--bf16] [--qlora] [--rounds N] [--only TEXT] [--out FILE]
 *
 * FOLDER is one in which `npm install node-llama-cpp @node-llama-cpp/linux-x64` was run; COMMAND
 * starts a Python with torch, transformers and peft; TEXT is part of the titles of the works to
 * measure. With --one-thread LoRA steps, prefill and the vision tower are measured on one too, which
 * makes a round longer by minutes; with --bf16 transformers is measured in bf16 too, with --qlora
 * beside a decoder that bitsandbytes holds in NF4. A peer that is not named is left out aloud. Sides
 * take turns within a round, so that a machine that slows down slows both; a ratio is the median of
 * those of the rounds, a side's figure in a round that of its runs. Prints rows of Markdown and the
 * goals that were missed, and with --out writes all figures as JSON.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { head, missedGoals, row, sharesOf, summarise } from './results.ts';
import type { Pair } from './results.ts';
import { makeOurModels, measureLlama, measureOurs, measureTransformers } from './sides.ts';
import type { Measured, OurMeasured } from './sides.ts';
import { bf16Works, oneThreadWorks, qloraWorks, titleOf, works } from './works.ts';
import type { Ours, Theirs, Work } from './works.ts';

/** Measured runs in each process, after one that is not. Odd: a median is one of them on each side. */
const runs = 3;
const models = mkdtempSync(join(tmpdir(), 'lensmith-bench-'));

const { values: options } = parseArgs({
  options: {
    llama: { type: 'string' },
    transformers: { type: 'string' },
    'one-thread': { type: 'boolean', default: false },
    bf16: { type: 'boolean', default: false },
    qlora: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});

/** Ours, with the machine's peaks of the same minute: its speed may drift. */
interface WithPeaks extends OurMeasured {
  readonly peaks: Readonly<Record<string, number>>;
}

async function measureWithPeaks({ task, format }: Ours, threads: number): Promise<WithPeaks> {
  const measured = await measureOurs(models, task, format, threads, runs);
  const { figures } = await measureOurs(models, 'peak', 'f32', threads, runs);
  return { ...measured, peaks: figures };
}

/** One process for all works of a round that ask for the same. */
class Round {
  readonly #done = new Map<string, Promise<Measured>>();

  #once<Result extends Measured>(key: string, start: () => Promise<Result>): Promise<Result> {
    const known = this.#done.get(key) ?? start();
    this.#done.set(key, known);
    return known as Promise<Result>;
  }

  ours(ours: Ours, threads: number): Promise<WithPeaks> {
    const key = `ours ${ours.task} ${ours.format} ${threads}`;
    return this.#once(key, () => measureWithPeaks(ours, threads));
  }

  theirs(theirs: Theirs, threads: number): Promise<Measured> {
    if (theirs.peer === 'ours') return this.ours(theirs.ours, threads);
    if (theirs.peer === 'llama') {
      const start = () => measureLlama(options.llama ?? '', theirs.form, threads, runs);
      return this.#once(`llama ${theirs.form} ${threads}`, start);
    }
    const command = (options.transformers ?? '').split(' ');
    const start = () => measureTransformers(command, theirs, threads, runs);
    return this.#once(`transformers ${theirs.task} ${theirs.dtype} ${threads}`, start);
  }
}

async function measurePair(work: Work, round: Round): Promise<Pair> {
  const ours = await round.ours(work.ours, work.threads);
  const theirs = await round.theirs(work.theirs, work.threads);
  const name = work.theirs.peer === 'ours' ? work.theirs.ours.figure : work.theirs.figure;
  const figure = ours.details.find((one) => one.name === work.ours.figure);
  const theirValue = theirs.figures[name];
  if (figure === undefined || theirValue === undefined) throw new Error(`No figure: ${work.name}`);
  return {
    ours: figure.value,
    theirs: theirValue,
    ourBytes: ours.peakMemoryBytes,
    theirBytes: theirs.peakMemoryBytes,
    unit: figure.unit,
    version: theirs.version,
    shares: sharesOf(figure, ours.peaks),
  };
}

function isMissing(work: Work): boolean {
  const { peer } = work.theirs;
  return peer !== 'ours' && options[peer] === undefined;
}

if (options.llama !== undefined && !existsSync(join(options.llama, 'node_modules'))) {
  console.error(`skipped: llama.cpp is not in ${options.llama}`);
  delete options.llama;
}
for (const peer of ['llama', 'transformers'] as const) {
  if (options[peer] === undefined) console.error(`skipped: no --${peer}`);
}
process.on('exit', () => rmSync(models, { recursive: true, force: true }));
await makeOurModels(models);
const wanted = [
  ...works,
  ...(options['one-thread'] ? oneThreadWorks : []),
  ...(options.bf16 ? bf16Works : []),
  ...(options.qlora ? qloraWorks : []),
];
const measured = wanted.filter((work) => !isMissing(work) && titleOf(work).includes(options.only));
const pairs = new Map<Work, Pair[]>(measured.map((work) => [work, []]));
for (let n = 0; n < Number(options.rounds); n++) {
  const round = new Round();
  for (const work of measured) {
    console.error(`round ${n + 1}: ${titleOf(work)}`);
    pairs.get(work)?.push(await measurePair(work, round));
  }
}
const results = [...pairs].map(([work, list]) => summarise(work, list));
for (const line of [...head, ...results.map(row)]) console.log(line);
console.log(`\n${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}\n`);
for (const line of missedGoals(results)) console.log(line);
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(results, null, 2)}\n`);
