import { onMount } from 'svelte';
import { errorWireOf } from '../api/client.ts';
import { toasts } from '../ui/toasts.svelte.ts';
import { filesOf, summaryOf } from './dropped-files.ts';
import type { Dropped, DropSummary } from './dropped-files.ts';
import { texts } from './texts/index.ts';

/** Something that takes files which are dropped or pasted anywhere in the window. */
export interface DropTarget {
  /** What would happen, while the files are still in the air: `Add 41 images to the library`. */
  readonly describe: (summary: DropSummary) => string;
  readonly accept: (dropped: Dropped) => unknown;
}

/** Who takes dropped files: the last to ask for them. The library asks first, when it starts. */
class DropTargets {
  readonly #targets: DropTarget[] = [];
  /** What would happen with the files over the window; undefined: there are none. */
  offer: string | undefined = $state();

  add(target: DropTarget): () => void {
    this.#targets.push(target);
    return () => {
      const at = this.#targets.indexOf(target);
      if (at >= 0) this.#targets.splice(at, 1);
    };
  }

  /** Listens to a window; `isReady` says whether there is a project to take anything. */
  listen(target: Window, isReady: () => boolean): () => void {
    const stop = new AbortController();
    const { signal } = stop;
    target.addEventListener('dragover', (event) => this.#over(event, isReady()), { signal });
    target.addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) this.offer = undefined;
      },
      { signal },
    );
    target.addEventListener('drop', (event) => this.#drop(event, isReady()), { signal });
    target.addEventListener('paste', (event) => this.#paste(event, isReady()), { signal });
    return () => stop.abort();
  }

  #over(event: DragEvent, isReady: boolean): void {
    const data = event.dataTransfer;
    if (data === null || !data.types.includes('Files')) return;
    // Else the browser would open the file in place of the app.
    event.preventDefault();
    const target = isReady ? this.#targets.at(-1) : undefined;
    data.dropEffect = target === undefined ? 'none' : 'copy';
    this.offer = target?.describe(summaryOf(data)) ?? texts().dropFirst;
  }

  #drop(event: DragEvent, isReady: boolean): void {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    this.offer = undefined;
    if (isReady) void this.give(filesOf(event.dataTransfer));
  }

  #paste(event: ClipboardEvent, isReady: boolean): void {
    if (event.clipboardData?.types.includes('Files') !== true || !isReady) return;
    event.preventDefault();
    void this.give(filesOf(event.clipboardData));
  }

  /** Hands files to whoever takes them now. */
  async give(dropped: Dropped | Promise<Dropped>): Promise<void> {
    const target = this.#targets.at(-1);
    try {
      await target?.accept(await dropped);
    } catch (thrown) {
      toasts.show(errorWireOf(thrown).message, { tone: 'error' });
    }
  }
}

export const dropTargets = new DropTargets();

/** While the component that calls it is there, it takes the files. */
export function useDropTarget(target: DropTarget): void {
  onMount(() => dropTargets.add(target));
}
