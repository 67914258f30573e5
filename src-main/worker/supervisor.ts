/** Worker processes seen from the core: started when needed, and again after they ended. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { LensmithError, cancelledError } from '../base/errors.ts';
import type {
  RunOptions,
  TaskInput,
  TaskOutput,
  TaskProgress,
  WorkerClient,
} from '../app/workers/worker-client.ts';
import type { FromWorker, ToWorker } from './messages.ts';

export interface SupervisorOptions {
  /** File that the process runs. */
  readonly entry: string;
  /** What it is, in errors: "The media worker". */
  readonly title: string;
  /** Asked when a process starts: what of the person's settings it has to know. */
  readonly env?: () => NodeJS.ProcessEnv;
  readonly log?: (text: string) => void;
}

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: ((progress: unknown) => void) | undefined;
  isCancelled: boolean;
}

/** So much of what a process said last goes into the error of its end. */
const keptLines = 12;

export class WorkerSupervisor<T> implements WorkerClient<T> {
  readonly #options: SupervisorOptions;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | null = null;
  #lastLines: string[] = [];
  #nextId = 1;
  #isStale = false;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  run<N extends keyof T & string>(
    name: N,
    input: TaskInput<T[N]>,
    options: RunOptions<TaskProgress<T[N]>> = {},
  ): Promise<TaskOutput<T[N]>> {
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(cancelledError(this.#options.title));
    const id = this.#nextId++;
    const child = (this.#child ??= this.#start());
    return new Promise<TaskOutput<T[N]>>((resolve, reject) => {
      const cancel = (): void => {
        const entry = this.#pending.get(id);
        if (entry !== undefined) entry.isCancelled = true;
        this.#send(child, { kind: 'cancel', id });
      };
      const settle =
        <V>(then: (value: V) => void) =>
        (value: V): void => {
          signal?.removeEventListener('abort', cancel);
          then(value);
        };
      this.#pending.set(id, {
        resolve: settle(resolve as (output: unknown) => void),
        reject: settle(reject),
        onProgress: onProgress as ((progress: unknown) => void) | undefined,
        isCancelled: false,
      });
      signal?.addEventListener('abort', cancel, { once: true });
      this.#send(child, { kind: 'run', id, task: name, input });
    });
  }

  stop(): void {
    this.#child?.kill('SIGKILL');
  }

  renew(): void {
    this.#isStale = true;
    this.#endWhenStale();
  }

  #endWhenStale(): void {
    if (!this.#isStale || this.#pending.size > 0) return;
    const child = this.#child;
    // It ends in its own time; a task that comes now must not be sent to it.
    this.#child = null;
    child?.kill('SIGKILL');
  }

  #send(child: ChildProcess, message: ToWorker): void {
    // An ended process answers by its end; see #onEnd.
    if (child.connected) child.send(message);
  }

  #start(): ChildProcess {
    const { entry, env } = this.#options;
    const child = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: { ...process.env, ...env?.() },
      execArgv: [],
    });
    this.#lastLines = [];
    this.#isStale = false;
    child.stdout?.on('data', (data: Buffer) => this.#hear(data));
    child.stderr?.on('data', (data: Buffer) => this.#hear(data));
    child.on('message', (message: FromWorker) => this.#take(message));
    child.on('error', (error) => this.#onEnd(child, error.message));
    child.on('exit', (code, signal) => this.#onEnd(child, signal ?? `exit code ${code}`));
    return child;
  }

  #hear(data: Buffer): void {
    const text = data.toString();
    this.#options.log?.(text.trimEnd());
    this.#lastLines = [...this.#lastLines, ...text.trimEnd().split('\n')].slice(-keptLines);
  }

  #take(message: FromWorker): void {
    const pending = this.#pending.get(message.id);
    if (pending === undefined) return;
    if (message.kind === 'progress') {
      pending.onProgress?.(message.progress);
      return;
    }
    this.#pending.delete(message.id);
    // A device that was lost never comes back to the process that had it.
    if (message.kind === 'failed' && message.error.code === 'device/lost') this.#isStale = true;
    if (message.kind === 'done') pending.resolve(message.output);
    else pending.reject(LensmithError.fromWire(message.error));
    this.#endWhenStale();
  }

  #onEnd(child: ChildProcess, how: string): void {
    if (this.#child !== child) return;
    this.#child = null;
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject, isCancelled } of pending) {
      reject(isCancelled ? cancelledError(this.#options.title) : this.#endedError(how));
    }
  }

  #endedError(how: string): LensmithError {
    const words = this.#lastLines.join('\n').slice(-2000);
    return new LensmithError('worker/ended', `${this.#options.title} ended while at work.`, {
      got: words === '' ? how : `${how}\n${words}`,
      hint: 'It starts again when it is next needed. If this happens again with the same file or settings, they are the reason; killed without a word mostly means that memory ran out.',
    });
  }
}
