import { spawn, spawnSync } from 'node:child_process';
import { root } from './paths.mjs';

/** A failure that the person can act on: printed without a stack. */
export class SetupError extends Error {}

/** Standard output and error of a short command, or undefined when it cannot be run or fails. */
export function capture(command, args) {
  const result = spawnSync(command, args, { encoding: 'utf8', windowsHide: true });
  if (result.error || result.status !== 0) return undefined;
  return `${result.stdout}${result.stderr}`.trim();
}

/**
 * Runs a command in the repository and waits for it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, quiet?: boolean, keep?: boolean, shell?: boolean, timeoutMs?: number }} options
 *   quiet: print nothing unless it fails, and then to standard error; keep: return the output
 *   while also printing it; timeoutMs: end it when it takes longer
 * @returns {Promise<{ code: number, output: string }>} code is 1 when a signal ended it
 */
export function run(command, args, options = {}) {
  const { env = process.env, quiet = false, keep = false, shell = false, timeoutMs } = options;
  const piped = quiet || keep;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: root,
      env,
      shell,
      timeout: timeoutMs,
      stdio: ['ignore', piped ? 'pipe' : 'inherit', piped ? 'pipe' : 'inherit'],
    });
    let output = '';
    const collect = (stream, target) => {
      stream?.setEncoding('utf8').on('data', (text) => {
        output += text;
        if (!quiet) target.write(text);
      });
    };
    collect(child.stdout, process.stdout);
    collect(child.stderr, process.stderr);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (quiet && code !== 0) process.stderr.write(output);
      if (signal) output += `\nended by ${signal}\n`;
      resolve({ code: code ?? 1, output });
    });
  });
}

/** As `run`, and a failure is a SetupError that names the step. */
export async function mustRun(step, command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new SetupError(`${step} failed (exit status ${code}).`);
  return output;
}

/** Runs a script's main function; a SetupError is printed plainly and the exit status is 1. */
export async function runMain(main) {
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}
