import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { run } from '../../src-main/cli/run.ts';

const root = join(import.meta.dirname, '..', '..');

/** The bundled program that people run. */
export const builtCli = join(root, 'out', 'main', 'cli.js');

export interface CliResult {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the built program as a process of its own. */
export function runBuilt(
  args: readonly string[],
  options: { readonly input?: string; readonly interruptAfter?: RegExp } = {},
): Promise<CliResult> {
  if (!existsSync(builtCli)) throw new Error(`${builtCli} is not built: run \`npm run setup\``);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [builtCli, ...args], { cwd: root });
    const [out, err]: [Buffer[], Buffer[]] = [[], []];
    let interrupted = false;
    const watch = (): void => {
      const seen = Buffer.concat([...out, ...err]).toString();
      if (interrupted || !options.interruptAfter?.test(seen)) return;
      interrupted = child.kill('SIGINT');
    };
    child.stdout.on('data', (chunk: Buffer) => (out.push(chunk), watch()));
    child.stderr.on('data', (chunk: Buffer) => (err.push(chunk), watch()));
    child.on('error', reject);
    child.on('close', (status) =>
      resolve({ status, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }),
    );
    child.stdin.end(options.input ?? '');
  });
}

/** Runs a command line in this process: quicker, and the same code below main. */
export async function runHere(args: readonly string[], input = ''): Promise<CliResult> {
  const texts = { out: '', err: '' };
  const stdin = new PassThrough();
  stdin.end(input);
  const status = await run(args, {
    input: () => stdin,
    out: { write: (text) => (texts.out += text) },
    err: { write: (text) => (texts.err += text) },
  });
  return { status, ...texts };
}
