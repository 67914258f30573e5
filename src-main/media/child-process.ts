import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { LensmithError, cancelledError, throwIfCancelled } from '../base/errors.ts';

export interface RunOptions {
  /** What runs, for errors: "Reading clip.mp4". */
  readonly what: string;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Standard output beyond this ends the process. */
  readonly maxOutputBytes: number;
  /** Takes standard output as it comes; the process waits while the promise is pending. */
  readonly onOutput?: ((chunk: Uint8Array) => void | Promise<void>) | undefined;
  /** Sees standard error as it comes. */
  readonly onLog?: ((chunk: Buffer) => void) | undefined;
}

export interface RunResult {
  readonly exitCode: number | null;
  /** Standard output; empty where `onOutput` took it. */
  readonly output: Buffer;
  /** Standard error, its first and last 256 KiB. */
  readonly log: string;
}

const LOG_PART_BYTES = 1 << 18;

/** Ends the process and what it started: it leads a group of its own where there are groups. */
function killTree(child: ChildProcess): void {
  if (child.pid === undefined) return;
  if (process.platform === 'win32') {
    spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { windowsHide: true }).once(
      'error',
      () => child.kill('SIGKILL'),
    );
    return;
  }
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const { FFREPORT, AV_LOG_FORCE_COLOR, ...rest } = process.env;
  void FFREPORT;
  void AV_LOG_FORCE_COLOR;
  // Statically linked builds crash when they load the system's character set modules (MPEG-TS names
  // its services in such sets); without a path to them they do with the sets built in.
  const iconv = process.platform === 'linux' ? { GCONV_PATH: '/nonexistent' } : {};
  return { ...rest, ...iconv, AV_LOG_FORCE_NOCOLOR: '1' };
}

/** Keeps the beginning and the end of a text that may be endless. */
class BoundedLog {
  readonly #head: Buffer[] = [];
  #headBytes = 0;
  #tail = Buffer.alloc(0);

  add(chunk: Buffer): void {
    if (this.#headBytes < LOG_PART_BYTES) {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
    } else {
      this.#tail = Buffer.concat([this.#tail, chunk]).subarray(-LOG_PART_BYTES);
    }
  }

  toString(): string {
    return Buffer.concat([...this.#head, this.#tail]).toString('utf8');
  }
}

/**
 * Runs a program without a shell and without standard input, within limits.
 * It settles at the latest when the time is up, whatever the program does.
 *
 * @returns also for exit codes other than 0: the caller knows what they mean
 * @throws media/timeout, media/output-too-large, job/cancelled,
 *         media/program-failed (it cannot be started), what `onOutput` throws
 */
export async function runProgram(
  path: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  throwIfCancelled(options.signal, options.what);
  const child = spawn(path, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    shell: false,
    windowsHide: true,
    detached: process.platform !== 'win32',
    env: cleanEnvironment(),
  });
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_, reject) => (fail = reject));
  const timer = setTimeout(() => fail(timeoutError(options)), options.timeoutMs);
  const onAbort = () => fail(cancelledError(options.what));
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const log = new BoundedLog();
  child.stderr.on('data', (chunk: Buffer) => {
    log.add(chunk);
    options.onLog?.(chunk);
  });
  const closed = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (cause) => reject(startError(path, cause)));
  });
  const consumed = consume(child.stdout, options);
  try {
    const [output, exitCode] = await Promise.race([Promise.all([consumed, closed]), failed]);
    return { exitCode, output, log: log.toString() };
  } catch (error) {
    killTree(child);
    child.stdout.destroy();
    child.stderr.destroy();
    // The losers of the race may still reject; their reasons follow from this one.
    consumed.catch(() => {});
    closed.catch(() => {});
    throw error;
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', onAbort);
  }
}

async function consume(
  stream: AsyncIterable<unknown>,
  { maxOutputBytes, onOutput, what }: RunOptions,
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > maxOutputBytes) {
      throw new LensmithError('media/output-too-large', `${what} gave too much output.`, {
        expected: `at most ${maxOutputBytes} bytes`,
        got: `${total} bytes or more`,
      });
    }
    if (onOutput) await onOutput(chunk);
    else chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function timeoutError({ what, timeoutMs }: RunOptions): LensmithError {
  return new LensmithError('media/timeout', `${what} took too long.`, {
    expected: `an end within ${timeoutMs / 1000} s`,
    hint: 'The file may be damaged; if it is only long, allow more time.',
  });
}

function startError(path: string, cause: Error): LensmithError {
  return new LensmithError('media/program-failed', `${path} cannot be started.`, {
    got: cause.message,
    cause,
  });
}
