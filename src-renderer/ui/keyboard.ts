/**
 * Every key and every named act of the window, in one registry: the dispatcher, the palette and the
 * cheat sheet read the same list, so that none of them can lie.
 *
 * Keys are written `Mod+K`, `Shift+Tab`, `?`, `[`, `Delete`, `Space`; `Mod` is Cmd on a Mac and Ctrl
 * elsewhere. For characters that need Shift on some layouts (`?`, `[`) Shift is not looked at. Two keys
 * one after the other are `G L`.
 */

export interface Shortcut {
  /** Stable, `library.select-all`. */
  readonly id: string;
  /** Group in the cheat sheet: `Anywhere`, `Library`, `Canvas`. */
  readonly scope: string;
  /** What it does, as an order: `Select all`. */
  readonly description: string;
  /** One or more; none for an act that is in the palette alone. */
  readonly keys?: string | readonly string[];
  /** Whether it can be done now; without it always. */
  readonly isActive?: () => boolean;
  /** Also while the person types in a field. */
  readonly worksInFields?: boolean;
  /** Not offered in the palette, e.g. arrows. */
  readonly isOnlyKey?: boolean;
  /** Return false to let the key go on to whatever else listens. */
  readonly run: (event?: KeyboardEvent) => unknown;
}

/** What matching needs of a KeyboardEvent. */
export type KeyPress = Pick<
  KeyboardEvent,
  'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'
>;

interface Chord {
  readonly key: string;
  readonly mod: boolean;
  readonly alt: boolean;
  readonly shift: boolean;
}

const names: Readonly<Record<string, string>> = {
  space: ' ',
  esc: 'escape',
  up: 'arrowup',
  down: 'arrowdown',
  left: 'arrowleft',
  right: 'arrowright',
};

const isSymbol = (key: string): boolean => key.length === 1 && !/[\p{L}\p{N} ]/u.test(key);

function parseKeys(text: string): Chord {
  // The last plus may be the key itself: `Mod++`.
  const parts = text.endsWith('+') ? [...text.slice(0, -2).split('+'), '+'] : text.split('+');
  const key = (parts.pop() ?? '').toLowerCase();
  const held = new Set(parts.map((part) => part.toLowerCase()));
  return {
    key: names[key] ?? key,
    mod: held.has('mod'),
    alt: held.has('alt'),
    shift: held.has('shift'),
  };
}

/** The key that was meant: on a layout without Latin letters, the one printed there on a US board. */
function meantKey({ key, code }: KeyPress): string {
  const latin = /^(?:Key([A-Z])|Digit(\d))$/.exec(code);
  const isForeign = key.length === 1 && key > '\u007f';
  return (isForeign && latin ? (latin[1] ?? latin[2] ?? key) : key).toLowerCase();
}

/** Whether a key press is `keys`, one chord. */
export function matchesKeys(press: KeyPress, keys: string, isMac: boolean): boolean {
  const chord = parseKeys(keys);
  const mod = isMac ? press.metaKey : press.ctrlKey;
  const other = isMac ? press.ctrlKey : press.metaKey;
  const key = meantKey(press);
  if (key !== chord.key || mod !== chord.mod || other) return false;
  if (isSymbol(chord.key)) return true;
  return press.altKey === chord.alt && press.shiftKey === chord.shift;
}

const macSigns: Readonly<Record<string, string>> = { mod: '⌘', alt: '⌥', shift: '⇧' };
const signs: Readonly<Record<string, string>> = {
  mod: 'Ctrl',
  alt: 'Alt',
  shift: 'Shift',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
  escape: 'Esc',
  enter: '↵',
  delete: 'Del',
  ' ': 'Space',
};

/** The caps to show for `keys`: ['⌘', 'K'] or ['Ctrl', 'K']. */
export function keyCaps(keys: string, isMac: boolean): string[] {
  const [first = keys, second] = keys.split(' ');
  if (second !== undefined) return [...keyCaps(first, isMac), ...keyCaps(second, isMac)];
  const { key, mod, alt, shift } = parseKeys(keys);
  const held = [mod && 'mod', alt && 'alt', shift && 'shift'].filter((name) => name !== false);
  const caps = held.map((name) => (isMac ? macSigns[name] : signs[name]) ?? name);
  const name = signs[key] ?? (key.length === 1 ? key.toUpperCase() : capitalised(key));
  return [...caps, name];
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);

/** Whether this machine writes Cmd where others write Ctrl. */
export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

const plainInputs = new Set(['button', 'checkbox', 'radio', 'range', 'color', 'file', 'submit']);

/** Whether a key pressed in `target` is text for it. */
export function isTypingIn(target: EventTarget | null): boolean {
  if (typeof HTMLElement === 'undefined' || !(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !plainInputs.has(target.type);
  return target instanceof HTMLTextAreaElement || target.isContentEditable;
}

/** The keys of an act, as a list. */
export function keysOf({ keys = [] }: Shortcut): readonly string[] {
  return typeof keys === 'string' ? [keys] : keys;
}

/** How long the second of two keys is awaited. */
const secondKeyMs = 1500;

/** The keys of one window. */
export class ShortcutRegistry {
  readonly #shortcuts: Shortcut[] = [];
  readonly #isMac: boolean;
  /** The first of two keys, while the second is awaited. */
  #begun: { readonly press: KeyPress; readonly atMs: number } | undefined;

  constructor(onMac: boolean) {
    this.#isMac = onMac;
  }

  /** Adds acts; the later ones win over the earlier. Returns the way to take them back. */
  register(shortcuts: readonly Shortcut[]): () => void {
    this.#shortcuts.push(...shortcuts);
    return () => {
      for (const shortcut of shortcuts) {
        const at = this.#shortcuts.indexOf(shortcut);
        if (at >= 0) this.#shortcuts.splice(at, 1);
      }
    };
  }

  /** All acts there are now, latest first. */
  all(): readonly Shortcut[] {
    return this.#shortcuts.toReversed();
  }

  /** Acts that can be done now, latest first. */
  active(): readonly Shortcut[] {
    return this.all().filter(({ isActive }) => isActive?.() ?? true);
  }

  /** The keys of an act, to be shown beside its name elsewhere. */
  keysOf(id: string): string | undefined {
    const shortcut = this.#shortcuts.find((one) => one.id === id);
    return shortcut === undefined ? undefined : keysOf(shortcut)[0];
  }

  /** Runs an act by its name, as menus of the system ask; whether it could be done. */
  run(id: string): boolean {
    const shortcut = this.active().find((one) => one.id === id);
    return shortcut !== undefined && shortcut.run() !== false;
  }

  /** Runs the act that a press asks for; whether there was one. */
  dispatch(press: KeyPress, isTyping: boolean, nowMs = performance.now()): boolean {
    const begun = this.#begun;
    this.#begun = undefined;
    const isSecond = begun !== undefined && nowMs - begun.atMs < secondKeyMs;
    for (const shortcut of this.active()) {
      if (isTyping && shortcut.worksInFields !== true) continue;
      const isMeant = keysOf(shortcut).some((keys) => {
        const [first = '', second] = keys.split(' ');
        if (second === undefined) return this.#matches(press, first);
        if (!isSecond) return false;
        return this.#matches(begun.press, first) && this.#matches(press, second);
      });
      if (!isMeant) continue;
      const event = typeof KeyboardEvent !== 'undefined' && press instanceof KeyboardEvent;
      if (shortcut.run(event ? press : undefined) !== false) return true;
    }
    if (!isTyping && this.#beginsSequence(press)) this.#begun = { press, atMs: nowMs };
    return false;
  }

  #matches(press: KeyPress, keys: string): boolean {
    return matchesKeys(press, keys, this.#isMac);
  }

  #beginsSequence(press: KeyPress): boolean {
    return this.active().some((shortcut) =>
      keysOf(shortcut).some((keys) => {
        const [first = '', second] = keys.split(' ');
        return second !== undefined && this.#matches(press, first);
      }),
    );
  }

  /** Listens to a window until the returned function is called. */
  listen(target: Window): () => void {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.isComposing) return;
      if (this.dispatch(event, isTypingIn(event.target))) event.preventDefault();
    };
    target.addEventListener('keydown', onKey);
    return () => target.removeEventListener('keydown', onKey);
  }
}

/** The registry of this window. */
export const shortcuts = new ShortcutRegistry(isMac);
