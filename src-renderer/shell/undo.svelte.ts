import { onMount } from 'svelte';
import { client, errorWireOf } from '../api/client.ts';
import { coreWords } from '../core-words/core-words.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { texts } from './texts/index.ts';

/**
 * Whose acts Undo takes back: the library's, or those of the item on the canvas. The screen that is
 * shown says so; the innermost wins.
 */
class UndoScopes {
  readonly #scopes: (() => string)[] = [];

  get current(): string {
    return this.#scopes.at(-1)?.() ?? 'library';
  }

  push(scope: () => string): () => void {
    this.#scopes.push(scope);
    return () => {
      const at = this.#scopes.indexOf(scope);
      if (at >= 0) this.#scopes.splice(at, 1);
    };
  }

  /** Takes back the last act of the scope, or does it again, and says which. */
  async step(direction: 'undo' | 'redo'): Promise<void> {
    const scope = this.current;
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
export function useUndoScope(scope: () => string): void {
  onMount(() => undoScopes.push(scope));
}
