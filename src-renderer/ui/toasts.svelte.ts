/** Short messages at the foot of the window: what just happened, and the way back. */
import { texts } from './texts/index.ts';

export interface ToastAction {
  readonly label: string;
  readonly run: () => unknown;
}

export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'good' | 'warning' | 'error';
  readonly action?: ToastAction;
}

interface ToastOptions {
  readonly tone?: Toast['tone'];
  readonly action?: ToastAction;
  /** null: until it is dismissed. */
  readonly timeoutMs?: number | null;
}

/** Beyond these the oldest give way. */
const maxShown = 4;
const plainMs = 4_000;
/** Long enough to see what was done and to reach for Undo. */
const actionMs = 10_000;

class ToastStore {
  list: readonly Toast[] = $state.raw([]);
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #lastId = 0;

  /** Shows a message; returns its id. Errors stay until they are dismissed. */
  show(text: string, { tone = 'plain', action, timeoutMs }: ToastOptions = {}): number {
    const id = ++this.#lastId;
    const toast: Toast = { id, text, tone, ...(action === undefined ? {} : { action }) };
    for (const old of this.list.slice(0, Math.max(0, this.list.length + 1 - maxShown))) {
      this.dismiss(old.id);
    }
    this.list = [...this.list, toast];
    const usual = tone === 'error' ? null : action === undefined ? plainMs : actionMs;
    const wait = timeoutMs === undefined ? usual : timeoutMs;
    if (wait !== null)
      this.#timers.set(
        id,
        setTimeout(() => this.dismiss(id), wait),
      );
    return id;
  }

  /** What was done, with its way back. */
  undoable(text: string, undo: () => unknown): number {
    return this.show(text, { action: { label: texts().undo, run: undo } });
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.list = this.list.filter((toast) => toast.id !== id);
  }
}

export const toasts = new ToastStore();
