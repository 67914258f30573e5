import type { Snippet } from 'svelte';
import { recall, remember } from '../ui/remember.ts';

interface Filling {
  readonly title: string;
  readonly content: Snippet;
}

/** The pane at the right: what is in it comes from the screen, by `<Inspector>`. */
class InspectorSlot {
  filling: Filling | undefined = $state.raw();
  #isOpen: boolean = $state(recall('inspector') !== 'closed');

  get isOpen(): boolean {
    return this.#isOpen;
  }

  set isOpen(isOpen: boolean) {
    this.#isOpen = isOpen;
    remember('inspector', isOpen ? undefined : 'closed');
  }

  get isShown(): boolean {
    return this.#isOpen && this.filling !== undefined;
  }
}

export const inspector = new InspectorSlot();
