/** Work in another process, as the features see it; the host has the processes (worker/). */

export interface TaskContext<P> {
  readonly signal: AbortSignal;
  /** Tells the caller how far it is. */
  readonly report: (progress: P) => void;
}

/** One kind of work: input and output are plain data that cross by structured clone. */
export type Task<I, P, O> = (input: I, context: TaskContext<P>) => Promise<O>;

type AnyTask = (input: never, context: never) => Promise<unknown>;
export type TaskTable = Readonly<Record<string, AnyTask>>;

export type TaskInput<T> = T extends (input: infer I, ...rest: never[]) => unknown ? I : never;
export type TaskOutput<T> = T extends (...all: never[]) => Promise<infer O> ? O : never;
export type TaskProgress<T> = T extends (input: never, context: TaskContext<infer P>) => unknown
  ? P
  : never;

export interface RunOptions<P> {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: P) => void) | undefined;
}

export interface WorkerClient<T> {
  /**
   * Runs a task in the worker, starting the process when there is none.
   * @throws worker/ended when the process ends before the answer; job/cancelled; the task's errors
   */
  run<N extends keyof T & string>(
    name: N,
    input: TaskInput<T[N]>,
    options?: RunOptions<TaskProgress<T[N]>>,
  ): Promise<TaskOutput<T[N]>>;
  /** Process id of the worker, or null while there is none. */
  readonly pid: number | null;
  /** Ends the process; what it was at fails with worker/ended. */
  stop(): void;
  /** Ends the process once it is at nothing; the next task starts one that knows the settings of then. */
  renew(): void;
}
