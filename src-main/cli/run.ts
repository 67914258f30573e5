import { availableParallelism } from 'node:os';
import { asLensmithError } from '../base/errors.ts';
import {
  closeDevice,
  isDeviceName,
  onDeviceOpened,
  setProfiling,
  takeProfile,
} from '../tensor/device.ts';
import type { DeviceOptions } from '../tensor/device.ts';
import type { Command, CommandContext, CommandEntry } from './command.ts';
import { commands } from './commands/index.ts';
import { formatTable } from './format.ts';
import { UsageError, parseArguments, usageText } from './options.ts';
import type { Arguments } from './options.ts';
import { Output } from './output.ts';
import type { TextSink } from './output.ts';
import { version } from '../base/version.ts';

/** Exit statuses: success, failure, wrong usage, stopped by the person. */
export const exitStatus = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export interface Streams {
  readonly input: CommandContext['input'];
  readonly out: TextSink;
  readonly err: TextSink;
}

/** Ctrl+C as a signal that the running command may take over. */
export class Interrupts {
  readonly #controller = new AbortController();
  #handler: (() => void) | null = null;

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** @returns false when it had been asked before: then nothing waits any longer */
  interrupt(): boolean {
    if (this.#handler !== null) this.#handler();
    else if (this.#controller.signal.aborted) return false;
    else this.#controller.abort();
    return true;
  }

  intercept(handler: () => void): () => void {
    this.#handler = handler;
    return () => {
      if (this.#handler === handler) this.#handler = null;
    };
  }
}

/**
 * Runs one command line. Results go to standard output, everything else to
 * standard error; with --json an error is a document `{"error": …}` there too.
 * @param argv without the program's name
 * @returns the exit status
 */
export async function run(
  argv: readonly string[],
  streams: Streams,
  interrupts: Interrupts = new Interrupts(),
): Promise<number> {
  const output = new Output(argv.includes('--json'), streams.out, streams.err);
  try {
    return await dispatch(argv, streams, output, interrupts);
  } catch (thrown) {
    const error = asLensmithError(thrown);
    output.error(error.toJSON());
    if (error instanceof UsageError) return exitStatus.usage;
    return error.code === 'job/cancelled' ? exitStatus.interrupted : exitStatus.failed;
  }
}

async function dispatch(
  argv: readonly string[],
  streams: Streams,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  const [first = ''] = argv;
  if (first === '--version' || first === 'version') {
    output.result({ version }, () => version);
    return exitStatus.ok;
  }
  const wantsHelp = ['', '--help', '-h', 'help', '--json'].includes(first);
  const entry = findCommand(first === 'help' ? argv.slice(1) : argv);
  if (entry === null || first === 'help') {
    if (!wantsHelp) throw unknownCommand(argv);
    const text = entry ? usageOf(entry, await entry.load()) : overview();
    if (first === '' || first === '--json') {
      output.note(text);
      throw new UsageError('No command is given.');
    }
    output.result({ usage: text }, () => text);
    return exitStatus.ok;
  }
  return runCommand(entry, argv, streams, output, interrupts);
}

async function runCommand(
  entry: CommandEntry,
  argv: readonly string[],
  streams: Streams,
  output: Output,
  interrupts: Interrupts,
): Promise<number> {
  const command = await entry.load();
  try {
    const args = parseArguments(argv.slice(entry.name.split(' ').length), command);
    if (args.flag('help')) {
      const text = usageOf(entry, command);
      output.result({ usage: text }, () => text);
      return exitStatus.ok;
    }
    const profiles = args.flag('profile');
    if (profiles) setProfiling(true);
    const startedMs = performance.now();
    onDeviceOpened(({ reason, isWanted }, { name, description }) => {
      if (!isWanted) output.note(`computing on ${name} (${description}): ${reason}`);
    });
    await command.run(args, {
      output,
      device: deviceOptions(args),
      signal: interrupts.signal,
      input: streams.input,
      interceptInterrupt: (handler) => interrupts.intercept(handler),
    });
    if (profiles) output.note(profileText(performance.now() - startedMs));
    return exitStatus.ok;
  } catch (thrown) {
    if (thrown instanceof UsageError) output.note(usageOf(entry, command));
    throw thrown;
  } finally {
    onDeviceOpened(null);
  }
}

/** Where the time of a command went: kernel by kernel, and what was left to all else. */
function profileText(totalMs: number): string {
  setProfiling(false);
  const entries = takeProfile();
  const kernelMs = entries.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  const row = (name: string, calls: string, milliseconds: number): string[] => [
    name,
    calls,
    milliseconds.toFixed(1),
    `${((100 * milliseconds) / totalMs).toFixed(1)} %`,
  ];
  const rows = entries.map(({ op, calls, milliseconds }) => row(op, String(calls), milliseconds));
  // Kernels run beside JavaScript, so this is waiting for them to be asked for.
  const rest = row('without a kernel', '', Math.max(0, totalMs - kernelMs));
  return formatTable([['op', 'calls', 'ms', 'of the command'], ...rows, rest], [1, 2, 3]);
}

/** More only take turns, and their stacks take memory; thousands would bring the machine down. */
const threadsPerCore = 4;

function deviceOptions(args: Arguments): DeviceOptions {
  const most = threadsPerCore * availableParallelism();
  const threads = args.number('threads', { min: 1, max: most, whole: true });
  const device = args.text('device') ?? 'auto';
  if (device !== 'auto' && !isDeviceName(device)) {
    throw new UsageError('--device does not name a device.', {
      expected: 'auto, cpu, vulkan or vulkan:N',
      got: device,
    });
  }
  const gib = args.number('device-memory', { above: 0 });
  const memoryBytes = gib === undefined ? undefined : Math.floor(gib * 2 ** 30);
  return { device, threads, memoryBytes };
}

function findCommand(words: readonly string[]): CommandEntry | null {
  const matches = commands.filter((entry) =>
    entry.name.split(' ').every((word, i) => words[i] === word),
  );
  return matches[0] ?? null;
}

function unknownCommand(argv: readonly string[]): UsageError {
  return new UsageError('There is no such command.', {
    expected: commands.map((entry) => entry.name).join(', '),
    got: argv.slice(0, 2).join(' '),
    hint: 'lensmith --help lists what they do.',
  });
}

function usageOf(entry: CommandEntry, command: Command): string {
  return usageText(entry.name, entry.summary, command);
}

function overview(): string {
  const width = Math.max(...commands.map((entry) => entry.name.length));
  const rows = commands.map((entry) => `  ${entry.name.padEnd(width)}  ${entry.summary}`);
  return [
    `Lensmith ${version}: teach a vision-language model what you know, on your own machine.`,
    `\nUsage: lensmith COMMAND …\n\nCommands:\n${rows.join('\n')}`,
    '\nlensmith COMMAND --help shows the options of a command; lensmith --version the version.\n',
  ].join('\n');
}

/** Gives the device back, so that the process can end; harmless when none was opened. */
export function releaseDevice(): void {
  try {
    closeDevice();
  } catch {
    // Without a built addon there is nothing to close, and the command has said so.
  }
}
