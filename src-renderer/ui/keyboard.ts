/**
 * Every key and every named act of the window, in one registry: the dispatcher, the palette, the cheat
 * sheet and the settings read the same list, so that none of them can lie. How keys are written:
 * key-chords.ts.
 */
import { createSubscriber } from 'svelte/reactivity';
import type { Words } from './catalogue.ts';
import { isMac, matchesKeys } from './key-chords.ts';
import type { KeyPress } from './key-chords.ts';

// Who handles a key of its own asks for both.
export { isMac, matchesKeys } from './key-chords.ts';

export interface Shortcut {
  /** Stable, `library.select-all`. */
  readonly id: string;
  /** Group in the cheat sheet: `Anywhere`, `Library`, `Canvas`. */
  readonly scope: Words;
  /** What it does, as an order: `Select all`. */
  readonly description: Words;
  /** One or more; none for an act that is in the palette alone. A person may choose others. */
  readonly keys?: string | readonly string[];
  /** Its keys say where to: arrows, digits. No other can take their place. */
  readonly isFixed?: boolean;
  /** Whether it can be done now; without it always. */
  readonly isActive?: () => boolean;
  /** Also while the person types in a field. */
  readonly worksInFields?: boolean;
  /** Also while a dialog keeps the rest of the window from being used. */
  readonly worksInDialogs?: boolean;
  /** Not offered in the palette, e.g. arrows. */
  readonly isOnlyKey?: boolean;
  /** Return false to let the key go on to whatever else listens. */
  readonly run: (event?: KeyboardEvent) => unknown;
}

/** Keys that a person chose, by the id of the act; an empty list takes its keys away. */
export type Bindings = Readonly<Record<string, readonly string[]>>;

const plainInputs = new Set(['button', 'checkbox', 'radio', 'range', 'color', 'file', 'submit']);

/** Whether a key pressed in `target` is text for it. */
export function isTypingIn(target: EventTarget | null): boolean {
  if (typeof HTMLElement === 'undefined' || !(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !plainInputs.has(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** The keys that an act comes with, as a list. */
export function usualKeysOf({ keys = [] }: Shortcut): readonly string[] {
  return typeof keys === 'string' ? [keys] : keys;
}

/** How long the second of two keys is awaited. */
const secondKeyMs = 1500;

interface Where {
  readonly isTyping: boolean;
  readonly isInDialog: boolean;
}

/** The keys of one window. */
export class ShortcutRegistry {
  readonly #shortcuts: Shortcut[] = [];
  readonly #isMac: boolean;
  #bindings: Bindings = {};
  #update = (): void => undefined;
  /** What draws keys draws them again when acts or their keys change. */
  readonly #watch = createSubscriber((update) => {
    this.#update = update;
  });
  /** The first of two keys, while the second is awaited. */
  #begun: { readonly press: KeyPress; readonly atMs: number } | undefined;

  constructor(onMac: boolean) {
    this.#isMac = onMac;
  }

  /** Adds acts; the later ones win over the earlier. Returns the way to take them back. */
  register(shortcuts: readonly Shortcut[]): () => void {
    this.#shortcuts.push(...shortcuts);
    this.#update();
    return () => {
      for (const shortcut of shortcuts) {
        const at = this.#shortcuts.indexOf(shortcut);
        if (at >= 0) this.#shortcuts.splice(at, 1);
      }
      this.#update();
    };
  }

  /** Puts the keys that a person chose in place of those that acts come with. */
  bind(bindings: Bindings): void {
    this.#bindings = bindings;
    this.#update();
  }

  /** All acts there are now, latest first. */
  all(): readonly Shortcut[] {
    this.#watch();
    return this.#shortcuts.toReversed();
  }

  /** Acts that can be done now, latest first. */
  active(): readonly Shortcut[] {
    return this.#shortcuts.toReversed().filter(({ isActive }) => isActive?.() ?? true);
  }

  /** The keys of an act as they are bound. */
  keysFor(shortcut: Shortcut): readonly string[] {
    this.#watch();
    return this.#boundKeys(shortcut);
  }

  #boundKeys(shortcut: Shortcut): readonly string[] {
    const chosen = shortcut.isFixed === true ? undefined : this.#bindings[shortcut.id];
    return chosen ?? usualKeysOf(shortcut);
  }

  /** The first keys of an act, to be shown beside its name elsewhere. */
  keysOf(id: string): string | undefined {
    this.#watch();
    const shortcut = this.#shortcuts.find((one) => one.id === id);
    return shortcut === undefined ? undefined : this.#boundKeys(shortcut)[0];
  }

  /** Runs an act by its name, as menus of the system ask; whether it could be done. */
  run(id: string): boolean {
    const shortcut = this.active().find((one) => one.id === id);
    return shortcut !== undefined && shortcut.run() !== false;
  }

  /** Runs the act that a press asks for; whether there was one. */
  dispatch(press: KeyPress, where: Partial<Where> = {}, nowMs = performance.now()): boolean {
    for (const shortcut of this.meant(press, where, nowMs)) {
      const event = typeof KeyboardEvent !== 'undefined' && press instanceof KeyboardEvent;
      if (shortcut.run(event ? press : undefined) !== false) {
        this.#begun = undefined;
        return true;
      }
    }
    return false;
  }

  /** The acts that a press asks for, the one that comes first at the front. */
  meant(
    press: KeyPress,
    { isTyping = false, isInDialog = false }: Partial<Where> = {},
    nowMs = performance.now(),
  ): readonly Shortcut[] {
    const begun = this.#begun;
    const isSecond = begun !== undefined && nowMs - begun.atMs < secondKeyMs;
    const able = this.active().filter(
      (shortcut) =>
        (!isTyping || shortcut.worksInFields === true) &&
        (!isInDialog || shortcut.worksInDialogs === true),
    );
    const begins = !isTyping && able.some((one) => this.#isBegunBy(one, press));
    this.#begun = begins ? { press, atMs: nowMs } : undefined;
    const ends = (keys: string): boolean => {
      const [first = '', second] = keys.split(' ');
      if (!isSecond || second === undefined) return false;
      return this.#matches(begun.press, first) && this.#matches(press, second);
    };
    const isAlone = (keys: string): boolean => !keys.includes(' ') && this.#matches(press, keys);
    // Two keys that were begun outrank what the second alone would do.
    return [ends, isAlone].flatMap((fits) =>
      able.filter((shortcut) => this.#boundKeys(shortcut).some(fits)),
    );
  }

  #isBegunBy(shortcut: Shortcut, press: KeyPress): boolean {
    return this.#boundKeys(shortcut).some((keys) => {
      const [first = '', second] = keys.split(' ');
      return second !== undefined && this.#matches(press, first);
    });
  }

  #matches(press: KeyPress, keys: string): boolean {
    return matchesKeys(press, keys, this.#isMac);
  }

  /** Listens to a window until the returned function is called. */
  listen(target: Window): () => void {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      const isInDialog = target.document.querySelector('dialog:modal') !== null;
      const where = { isTyping: isTypingIn(event.target), isInDialog };
      if (this.dispatch(event, where)) event.preventDefault();
    };
    target.addEventListener('keydown', onKey);
    return () => target.removeEventListener('keydown', onKey);
  }
}

/** The registry of this window. */
export const shortcuts = new ShortcutRegistry(isMac);
