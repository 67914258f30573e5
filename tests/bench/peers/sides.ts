/** Runs one measurement of either side in a process of its own. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Figure } from '../../../src-main/app/bench/figure.ts';
import { plainDType } from '../../../src-main/app/bench/workload.ts';
import type { WeightFormat } from '../../../src-main/app/bench/workload.ts';
import type { GgufForm } from './gguf.ts';
import type { Theirs } from './works.ts';

const here = import.meta.dirname;
const cli = join(here, '..', '..', '..', 'src-main', 'cli', 'main.ts');

/** Figures by name, and what the process held at its peak. */
export interface Measured {
  readonly figures: Readonly<Record<string, number>>;
  readonly peakMemoryBytes: number;
  /** Of the peer, as it names itself. */
  readonly version: string;
}

export interface OurMeasured extends Measured {
  readonly details: readonly Figure[];
}

async function outputOf(command: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const [out, problems]: [string[], string[]] = [[], []];
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => problems.push(text));
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new Error(`${command} ended with ${code}: ${problems.join('').slice(-500)}`);
  return out.join('');
}

/** The last line of what a peer prints is its report. */
function lastLine<Report>(text: string): Report {
  return JSON.parse(text.trim().split('\n').at(-1) ?? '') as Report;
}

/** Folders of the bench's model in `folder`, one for each dtype. */
export async function makeOurModels(folder: string): Promise<void> {
  await outputOf(process.execPath, [join(here, 'our-model.ts'), folder]);
}

/** @param models what makeOurModels wrote */
export async function measureOurs(
  models: string,
  task: string,
  format: WeightFormat,
  threads: number,
  runs: number,
): Promise<OurMeasured> {
  const options = ['--tasks', task, '--dtype', format, '--threads', String(threads)];
  const where = ['--device', 'cpu', '--model', join(models, plainDType(format))];
  const args = [cli, 'bench', ...options, ...where, '--runs', String(runs), '--here', '--json'];
  const report = JSON.parse(await outputOf(process.execPath, args)) as {
    version: string;
    tasks: { figures: Figure[]; peakMemoryBytes: number }[];
  };
  const { figures, peakMemoryBytes } = report.tasks[0] as (typeof report.tasks)[0];
  return {
    figures: Object.fromEntries(figures.map(({ name, value }) => [name, value])),
    details: figures,
    peakMemoryBytes,
    version: `Lensmith ${report.version}`,
  };
}

export async function measureLlama(
  folder: string,
  form: GgufForm,
  threads: number,
  runs: number,
): Promise<Measured> {
  const args = [join(here, 'llama.ts'), folder, form, String(threads), String(runs)];
  const report = lastLine<{
    prefill: number;
    decode: number;
    peakMemoryBytes: number;
    version: string;
  }>(await outputOf(process.execPath, args));
  const { prefill, decode, peakMemoryBytes, version } = report;
  return { figures: { prefill, decode }, peakMemoryBytes, version };
}

/** @param command words that start Python, as `python3` or `chroot FOLDER python3` */
export async function measureTransformers(
  command: readonly string[],
  { task, dtype }: Pick<Extract<Theirs, { peer: 'transformers' }>, 'task' | 'dtype'>,
  threads: number,
  runs: number,
): Promise<Measured> {
  const script = readFileSync(join(here, 'transformers_llava.py'), 'utf8');
  const [program = 'python3', ...before] = command;
  const args = [...before, '-', task, String(threads), String(runs), dtype];
  const report = lastLine<{
    figures: Record<string, number>;
    peakMemoryBytes: number;
    peer: string;
  }>(await outputOf(program, args, script));
  const { figures, peakMemoryBytes, peer } = report;
  return { figures, peakMemoryBytes, version: peer };
}
