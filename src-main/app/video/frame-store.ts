/** Decoded frames on their way to windows: the next ones are there before they are asked for. */
import { LensmithError, cancelledError } from '../../base/errors.ts';
import type { ItemRow } from '../../store/items.ts';
import { FrameMemory } from './frame-memory.ts';
import type { FramePng } from './frames-task.ts';

/** Runs the task that decodes. */
export type DecodeFrames = (
  item: ItemRow,
  indices: readonly number[],
  onFrame: (frame: FramePng) => void,
  signal: AbortSignal,
) => Promise<unknown>;

const keptBytes = 192 * 2 ** 20;
/** Pixels that one run of the decoder makes: some 60 frames of 640 × 480, eight of 1080p. */
const runPixels = 18_000_000;
const mostInRun = 60;
/** A step back decodes from the key frame before anyway: most of its run lies behind. */
const behindShare = 0.75;

type Take = (frame: FramePng) => void;

interface Run {
  readonly wanted: ReadonlySet<number>;
  readonly controller: AbortController;
  readonly waiting: Map<number, Set<Take>>;
  end: Promise<unknown>;
  /** Requests that wait for one of its frames. */
  users: number;
}

export class FrameStore {
  readonly #decode: DecodeFrames;
  readonly #memory = new FrameMemory(keptBytes);
  /** By the hash of the file. */
  readonly #runs = new Map<string, Set<Run>>();

  constructor(decode: DecodeFrames) {
    this.#decode = decode;
  }

  /**
   * @param isBackwards whether frames before it are likely to be asked for next
   * @throws video/no-frame, job/cancelled; those of videoFramesTask
   */
  async get(
    item: ItemRow,
    index: number,
    isBackwards: boolean,
    signal: AbortSignal,
  ): Promise<FramePng> {
    const kept = this.#memory.get(`${item.hash} ${index}`);
    if (kept !== undefined) return kept;
    if (signal.aborted) throw cancelledError(item.name);
    const running = [...(this.#runs.get(item.hash) ?? [])];
    const run =
      running.find(({ wanted }) => wanted.has(index)) ?? this.#start(item, index, isBackwards);
    run.users += 1;
    try {
      return await arrival(run, item, index, signal);
    } finally {
      run.users -= 1;
    }
  }

  #start(item: ItemRow, index: number, isBackwards: boolean): Run {
    const runs = this.#runs.get(item.hash) ?? new Set<Run>();
    this.#runs.set(item.hash, runs);
    // What an earlier place asked for ahead is not wanted any more.
    for (const other of runs) if (other.users === 0) other.controller.abort();
    const wanted = this.#wanted(item, index, isBackwards);
    const controller = new AbortController();
    const run: Run = { wanted, controller, waiting: new Map(), end: Promise.resolve(), users: 0 };
    const keep = (frame: FramePng): void => {
      this.#memory.set(`${item.hash} ${frame.index}`, frame);
      for (const take of run.waiting.get(frame.index) ?? []) take(frame);
    };
    run.end = this.#decode(item, [...wanted], keep, controller.signal).finally(() => {
      runs.delete(run);
      if (runs.size === 0 && this.#runs.get(item.hash) === runs) this.#runs.delete(item.hash);
    });
    // Those who asked may all have gone.
    run.end.catch(() => undefined);
    runs.add(run);
    return run;
  }

  #wanted(item: ItemRow, index: number, isBackwards: boolean): ReadonlySet<number> {
    const pixels = Math.max(1, item.width * item.height);
    const length = Math.min(mostInRun, Math.max(1, Math.floor(runPixels / pixels)));
    const first = Math.max(0, index - (isBackwards ? Math.floor(length * behindShare) : 0));
    const last = Math.max(index + 1, Math.min(first + length, item.frameCount ?? Infinity));
    const around = Array.from({ length: last - first }, (_, at) => first + at);
    const isMissing = (one: number): boolean => !this.#memory.has(`${item.hash} ${one}`);
    return new Set(around.filter((one) => one === index || isMissing(one)));
  }
}

function arrival(run: Run, item: ItemRow, index: number, signal: AbortSignal): Promise<FramePng> {
  return new Promise((resolve, reject) => {
    const waiting = run.waiting.get(index) ?? new Set<Take>();
    run.waiting.set(index, waiting.add(resolve));
    const missing = new LensmithError('video/no-frame', `${item.name} has no frame ${index}.`);
    run.end.then(() => reject(missing), reject);
    signal.addEventListener('abort', () => reject(cancelledError(item.name)), { once: true });
  });
}
