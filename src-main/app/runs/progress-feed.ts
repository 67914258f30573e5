import type { RunLine, RunProgress } from '../../ipc/contract/runs.ts';

const tellEveryMs = 250;

/** Tells windows how a run stands, at most four times a second; no step is left out. */
export class ProgressFeed {
  readonly #emit: (progress: RunProgress) => void;
  readonly #now: () => number;
  #state: Omit<RunProgress, 'lines'>;
  #lines: RunLine[] = [];
  #lastToldMs = -Infinity;
  #timer: NodeJS.Timeout | null = null;

  constructor(
    state: Omit<RunProgress, 'lines'>,
    emit: (progress: RunProgress) => void,
    now: () => number,
  ) {
    this.#state = state;
    this.#emit = emit;
    this.#now = now;
  }

  /** How it stands; the lines are in the run's log. */
  get state(): RunProgress {
    return { ...this.#state, lines: [] };
  }

  set(part: Partial<Omit<RunProgress, 'lines' | 'runId'>>, line?: RunLine): void {
    const before = this.#state;
    this.#state = { ...before, ...part };
    const { phase, isEvaluating } = this.#state;
    const isNews = phase !== before.phase || isEvaluating !== before.isEvaluating;
    if (line !== undefined) this.#lines.push(line);
    const dueMs = this.#lastToldMs + tellEveryMs - this.#now();
    if (isNews || dueMs <= 0) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), dueMs);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#lastToldMs = this.#now();
    const lines = this.#lines;
    this.#lines = [];
    this.#emit({ ...this.#state, lines });
  }
}
