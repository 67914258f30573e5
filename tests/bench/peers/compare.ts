/**
 * Ours beside PyTorch and llama.cpp at the same work on the same machine.
 *
 *   npm run bench:peers -- --llama FOLDER --torch 'COMMAND' [--rounds N] [--only TEXT] [--out FILE]
 *
 * FOLDER is one in which `npm install node-llama-cpp @node-llama-cpp/linux-x64` was run; COMMAND
 * starts a Python with torch; TEXT is part of the names of the works to measure. A peer that is not
 * named is left out aloud. Sides take turns within a round, so that a machine that slows down slows
 * both; a ratio is the median of those of the rounds. Prints rows of Markdown, and with --out writes
 * all figures as JSON.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Figure } from '../../../src-main/app/bench/figure.ts';
import { makeOurModels, measureLlama, measureOurs, measureTorch } from './sides.ts';
import type { Measured, OurMeasured } from './sides.ts';
import { works } from './works.ts';
import type { Ours, Theirs, Work } from './works.ts';

/** Measured runs in each process, after one that is not. */
const runs = 2;
const models = mkdtempSync(join(tmpdir(), 'lensmith-bench-'));

const { values: options } = parseArgs({
  options: {
    llama: { type: 'string' },
    torch: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    out: { type: 'string' },
  },
});

/** One process for all works of a round that ask for the same. */
class Round {
  readonly #done = new Map<string, Promise<Measured>>();

  #once<Result extends Measured>(key: string, start: () => Promise<Result>): Promise<Result> {
    const known = this.#done.get(key) ?? start();
    this.#done.set(key, known);
    return known as Promise<Result>;
  }

  ours({ task, format }: Ours, threads: number): Promise<OurMeasured> {
    const key = `ours ${task} ${format} ${threads}`;
    return this.#once(key, () => measureOurs(models, task, format, threads, runs));
  }

  theirs(theirs: Theirs, threads: number): Promise<Measured> {
    if (theirs.peer === 'ours') return this.ours(theirs.ours, threads);
    if (theirs.peer === 'llama') {
      const start = () => measureLlama(options.llama ?? '', theirs.form, threads, runs);
      return this.#once(`llama ${theirs.form} ${threads}`, start);
    }
    const start = () => measureTorch((options.torch ?? '').split(' '), theirs.task, threads, runs);
    return this.#once(`torch ${theirs.task} ${threads}`, start);
  }
}

interface Pair {
  readonly ours: number;
  readonly theirs: number;
  readonly ourBytes: number;
  readonly theirBytes: number;
  readonly figure: Figure;
  readonly version: string;
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
    figure,
    version: theirs.version,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [Math.floor((sorted.length - 1) / 2), Math.ceil((sorted.length - 1) / 2)];
  return ((sorted[low] as number) + (sorted[high] as number)) / 2;
}

/** Whichever of the machine's two peaks the work comes nearer to. */
function shareOfPeak({ floor, timing }: Figure, peaks: Readonly<Record<string, number>>): string {
  if (floor === undefined || timing === undefined) return '';
  const share = (amount: number, peak: string): number =>
    amount / timing.median / 1e9 / (peaks[peak] as number);
  const compute = share(floor.flop, 'multiply-adds from registers');
  const reading = share(floor.bytes, 'reading memory');
  const percent = (value: number): string => `${Math.round(100 * value)} %`;
  return compute > reading ? `${percent(compute)} FMA` : `${percent(reading)} bandwidth`;
}

function isMissing(work: Work): boolean {
  const { peer } = work.theirs;
  return peer !== 'ours' && options[peer] === undefined;
}

function summarise(work: Work, pairs: readonly Pair[], peaks: Readonly<Record<string, number>>) {
  const of = (pick: (pair: Pair) => number): number => median(pairs.map(pick));
  const last = pairs.at(-1) as Pair;
  return {
    work: work.name,
    threads: work.threads,
    peer: last.version,
    unit: last.figure.unit,
    ours: of((pair) => pair.ours),
    theirs: of((pair) => pair.theirs),
    ratio: of((pair) => pair.ours / pair.theirs),
    goal: work.goal,
    peak: shareOfPeak(last.figure, peaks),
    memory: work.comparesMemory ? of((pair) => pair.ourBytes / pair.theirBytes) : null,
    ourBytes: of((pair) => pair.ourBytes),
    theirBytes: of((pair) => pair.theirBytes),
  };
}

function row(result: ReturnType<typeof summarise>): string {
  const { work, threads, ours, theirs, unit, ratio, goal, peak, memory, peer } = result;
  const number = (value: number): string => value.toFixed(value < 20 ? 2 : 0);
  const cells = [
    `${work}, ${threads === 1 ? 'one thread' : `${threads} threads`}`,
    `${number(ours)} ${unit}`,
    `${number(theirs)} (${peer})`,
    `${ratio.toFixed(2)} (goal ${goal})`,
    peak,
    memory === null ? '' : `${memory.toFixed(2)} of the peer's`,
  ];
  return `| ${cells.join(' | ')} |`;
}

if (options.llama !== undefined && !existsSync(join(options.llama, 'node_modules'))) {
  console.error(`skipped: llama.cpp is not in ${options.llama}`);
  delete options.llama;
}
for (const peer of ['llama', 'torch'] as const) {
  if (options[peer] === undefined) console.error(`skipped: no --${peer}`);
}
process.on('exit', () => rmSync(models, { recursive: true, force: true }));
await makeOurModels(models);
const measured = works.filter((work) => !isMissing(work) && work.name.includes(options.only));
const pairs = new Map<Work, Pair[]>(measured.map((work) => [work, []]));
for (let n = 0; n < Number(options.rounds); n++) {
  const round = new Round();
  for (const work of measured) {
    console.error(`round ${n + 1}: ${work.name}, ${work.threads} threads`);
    pairs.get(work)?.push(await measurePair(work, round));
  }
}
const peaks = new Map<number, OurMeasured>();
for (const { threads } of measured) {
  if (!peaks.has(threads)) peaks.set(threads, await measureOurs(models, 'peak', 'f32', threads, 3));
}
const results = [...pairs].map(([work, list]) =>
  summarise(work, list, peaks.get(work.threads)?.figures ?? {}),
);
console.log('| work | ours | peer | ratio | of peak | memory |');
console.log('|---|---|---|---|---|---|');
for (const result of results) console.log(row(result));
console.log(`\n${cpus()[0]?.model.trim()}, ${cpus().length} cores, Node ${process.version}`);
if (options.out !== undefined) writeFileSync(options.out, `${JSON.stringify(results, null, 2)}\n`);
