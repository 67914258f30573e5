import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { LensmithError } from '../../base/errors.ts';
import { benchTasks } from '../../app/bench/tasks.ts';
import type { Figure } from '../../app/bench/figure.ts';
import { weightFormats } from '../../app/bench/workload.ts';
import { deviceInfo, ensureDevice, memoryStats } from '../../tensor/device.ts';
import type { Command, CommandContext } from '../command.ts';
import { formatBytes, formatTable } from '../format.ts';
import { UsageError } from '../options.ts';
import type { Arguments } from '../options.ts';
import { version } from '../../base/version.ts';

const names = Object.keys(benchTasks);
const defaultRuns = 5;

/** What one task measured, in a process of its own. */
interface TaskReport {
  readonly task: string;
  readonly dtype: string;
  readonly device: string;
  readonly figures: readonly Figure[];
  /** Largest resident size of the process. */
  readonly peakMemoryBytes: number;
  readonly enginePeakBytes: number;
}

interface Report {
  readonly version: string;
  readonly node: string;
  readonly cpu: string;
  readonly tasks: readonly TaskReport[];
}

export const bench: Command = {
  positionals: [],
  options: {
    tasks: { value: 'LIST', help: `of ${names.join(',')} (default all)` },
    dtype: { value: weightFormats.join('|'), help: 'of the weights (default f32)' },
    runs: { value: 'N', help: `measured runs of each (default ${defaultRuns})` },
    model: { value: 'DIR', help: "folder of the bench's model (default: random, in memory)" },
    here: { help: 'measure in this process rather than each task in its own' },
  },
  async run(args, context) {
    const tasks = args.list('tasks') ?? names;
    const unknown = tasks.find((task) => !names.includes(task));
    if (unknown !== undefined) {
      throw new UsageError('--tasks is wrong.', { expected: names.join(', '), got: unknown });
    }
    const reports: TaskReport[] = [];
    for (const task of tasks) {
      context.output.progress('measuring', reports.length, tasks.length, task);
      reports.push(
        args.flag('here') ? await measure(task, args, context) : await inChild(task, args, context),
      );
    }
    const cpu = cpus()[0]?.model.trim() ?? 'unknown';
    const report: Report = { version, node: process.version, cpu, tasks: reports };
    context.output.result(report, () => describe(report));
  },
};

function settings(args: Arguments) {
  return {
    dtype: args.choice('dtype', weightFormats) ?? 'f32',
    runs: args.integer('runs', 1) ?? defaultRuns,
    model: args.text('model') ?? null,
  };
}

async function measure(task: string, args: Arguments, { device }: CommandContext) {
  ensureDevice(device);
  const options = settings(args);
  const figures = await (benchTasks[task] as NonNullable<(typeof benchTasks)[string]>)({
    format: options.dtype,
    runs: options.runs,
    folder: options.model,
  });
  return {
    task,
    dtype: options.dtype,
    device: deviceInfo().description,
    figures,
    peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    enginePeakBytes: memoryStats().peakBytes,
  };
}

/** The same command for one task, so that its peak memory is not that of the tasks before. */
async function inChild(task: string, args: Arguments, context: CommandContext) {
  const { dtype, runs, model } = settings(args);
  const options = ['--tasks', task, '--dtype', dtype, '--runs', String(runs), '--here', '--json'];
  const { threads, device, memoryBytes } = context.device;
  if (model !== null) options.push('--model', model);
  if (threads) options.push('--threads', String(threads));
  if (memoryBytes) options.push('--device-memory', String(memoryBytes / 2 ** 30));
  if (device) options.push('--device', device);
  const entry = process.argv[1] as string;
  const child = spawn(process.execPath, [...process.execArgv, entry, 'bench', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal: context.signal,
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0)
    throw new LensmithError('bench/task-failed', `Measuring ${task} ended with status ${code}.`);
  return (JSON.parse(text) as Report).tasks[0] as TaskReport;
}

function describe(report: Report): string {
  const rows = report.tasks.flatMap(({ figures, peakMemoryBytes, dtype }) =>
    figures.map(({ name, value, unit, timing, floor }, i) => [
      name,
      dtype,
      value.toFixed(value < 100 ? 2 : 0),
      unit,
      timing === undefined ? '' : `${timing.median.toFixed(4)} s`,
      floor && timing ? (floor.flop / timing.median / 1e9).toFixed(1) : '',
      floor?.bytes && timing ? (floor.bytes / timing.median / 1e9).toFixed(1) : '',
      i === 0 ? formatBytes(peakMemoryBytes) : '',
    ]),
  );
  const header = ['work', 'dtype', 'median', '', 'one run', 'GFLOP/s', 'GB/s', 'peak memory'];
  const machine = `${report.cpu}; ${report.tasks[0]?.device ?? ''}; Node ${report.node}; Lensmith ${report.version}`;
  return `${formatTable([header, ...rows], [2, 4, 5, 6, 7])}\n\n${machine}\n`;
}
