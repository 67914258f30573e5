import { onMount } from 'svelte';
import { client, errorWireOf } from '../api/client.ts';
import { coreWords } from '../core-words/core-words.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

/** Runs an undo or a redo once the acts before it are done, and whatever builds on it once it is. */
export type InTurn = (step: () => Promise<void>) => Promise<void>;

interface Scope {
  readonly name: () => string;
  readonly inTurn: InTurn;
}

const library: Scope = { name: () => 'library', inTurn: (step) => step() };

/**
 * Whose acts Undo takes back: the library's, or those of the item on the canvas. The screen that is
 * shown says so; the innermost wins.
 */
class UndoScopes {
  readonly #scopes: Scope[] = [];
  /** Undos that wait or are on their way: each says what it took back, which the one before decides. */
  #queue: Promise<void> = Promise.resolve();

  push(name: () => string, inTurn = library.inTurn): () => void {
    const scope: Scope = { name, inTurn };
    this.#scopes.push(scope);
    return () => {
      const at = this.#scopes.indexOf(scope);
      if (at >= 0) this.#scopes.splice(at, 1);
    };
  }

  /** Takes back the last act of the scope, or does it again, and says which. */
  step(direction: 'undo' | 'redo'): Promise<void> {
    const { name, inTurn } = this.#scopes.at(-1) ?? library;
    const scope = name();
    this.#queue = this.#queue.then(() => inTurn(() => this.#step(scope, direction)));
    return this.#queue;
  }

  async #step(scope: string, direction: 'undo' | 'redo'): Promise<void> {
    try {
      const label = (await client.call('edits.state', { scope }))[direction];
      if (label === null) {
        toasts.show(texts().nothingTo[direction]);
        return;
      }
      await client.call(`edits.${direction}`, { scope });
      toasts.show(texts().did[direction](coreWords(label)), { timeoutMs: 2_000 });
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }
}

export const undoScopes = new UndoScopes();

/** While the component that calls it is there, Undo is about this scope: `item:12`. */
export function useUndoScope(scope: () => string, inTurn?: InTurn): void {
  onMount(() => undoScopes.push(scope, inTurn));
}
