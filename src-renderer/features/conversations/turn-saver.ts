/** Saves what is typed, as it is typed: after a pause, and whenever the field is left. */
import type { Content } from '../../../src-main/ipc/contract/content.ts';
import { client, errorWireOf } from '../../api/client.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

const pauseMs = 400;
/** Of a text of a megabyte, which is not sent with every pause. */
const longPauseMs = 1500;
const longText = 100_000;
/** Typing without a longer pause is one step of undo. */
const burstMs = 3000;

export interface TurnField {
  readonly turnId: number;
  /** The answer itself, or the one of a pair that was not chosen. */
  readonly field: 'content' | 'rejected';
}

export class TurnSaver {
  readonly #turn: TurnField;
  #waiting: Content | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #burst = '';
  #lastMs = -Infinity;
  #inFlight = 0;

  constructor(turn: TurnField) {
    this.#turn = turn;
  }

  /** What is in the field is not yet what the core has. */
  get isDirty(): boolean {
    return this.#waiting !== null || this.#inFlight > 0;
  }

  change(content: Content): void {
    const nowMs = performance.now();
    if (nowMs - this.#lastMs > burstMs) this.#burst = crypto.randomUUID();
    this.#lastMs = nowMs;
    this.#waiting = content;
    clearTimeout(this.#timer);
    const length = content.reduce(
      (sum, part) => sum + (part.type === 'text' ? part.text.length : 1),
      0,
    );
    const waitMs = length > longText ? longPauseMs : pauseMs;
    this.#timer = setTimeout(() => void this.flush(), waitMs);
  }

  /** The next change is a step of undo of its own. */
  endBurst(): void {
    this.#lastMs = -Infinity;
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    const content = this.#waiting;
    if (content === null) return;
    this.#waiting = null;
    this.#inFlight += 1;
    const { turnId, field } = this.#turn;
    try {
      await client.call('conversations.writeTurn', {
        turnId,
        [field]: content,
        burst: this.#burst,
      });
    } catch (thrown) {
      // Still there for the next try, unless more was typed meanwhile.
      this.#waiting ??= content;
      toasts.show(texts().notSaved(errorWireOf(thrown).message), { tone: 'error' });
    } finally {
      this.#inFlight -= 1;
    }
  }
}
