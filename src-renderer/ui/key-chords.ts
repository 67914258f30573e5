/**
 * How keys are written, told from presses, and shown. `Mod+K`, `Shift+Tab`, `?`, `[`, `Delete`, `Space`;
 * `Mod` is Cmd on a Mac and Ctrl elsewhere. For characters that need Shift on some layouts (`?`, `[`) Shift
 * is not looked at. Two keys one after the other are `G L`.
 */

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

/** Whether this machine writes Cmd where others write Ctrl. */
export const isMac = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.platform);

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
export function matchesKeys(press: KeyPress, keys: string, onMac: boolean): boolean {
  const chord = parseKeys(keys);
  const mod = onMac ? press.metaKey : press.ctrlKey;
  const other = onMac ? press.ctrlKey : press.metaKey;
  const key = meantKey(press);
  if (key !== chord.key || mod !== chord.mod || other) return false;
  if (isSymbol(chord.key)) return true;
  return press.altKey === chord.alt && press.shiftKey === chord.shift;
}

const modifiers = new Set(['control', 'shift', 'alt', 'meta', 'altgraph', 'capslock', 'dead']);

/** A press as it is written; undefined while only Ctrl, Shift and their like are held. */
export function keysOfPress(press: KeyPress, onMac: boolean): string | undefined {
  const key = meantKey(press);
  if (modifiers.has(key) || key === 'unidentified') return undefined;
  const held = [
    (onMac ? press.metaKey : press.ctrlKey) && 'Mod',
    press.altKey && !isSymbol(key) && 'Alt',
    press.shiftKey && !isSymbol(key) && 'Shift',
  ].filter((name) => name !== false);
  const name = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : press.key;
  return [...held, name].join('+');
}

/** One form for all ways to write the same keys: `Esc` and `Escape`, `Shift+Mod+A` and `Mod+Shift+A`. */
export function sameForm(keys: string): string {
  return keys
    .split(' ')
    .map((one) => {
      const { key, mod, alt, shift } = parseKeys(one);
      return [mod, alt, shift && !isSymbol(key), key].join(' ');
    })
    .join(', ');
}

/** Whether keys come in each other's way: they are the same, or one begins the other. */
export function collide(some: string, others: string): boolean {
  const [a, b] = [sameForm(some), sameForm(others)];
  return a === b || a.startsWith(`${b}, `) || b.startsWith(`${a}, `);
}

const macSigns: Readonly<Record<string, string>> = { mod: '⌘', alt: '⌥', shift: '⇧' };

/** What stands on the caps of this machine; `keyNames` has those that languages name differently. */
export function keyCaps(
  keys: string,
  onMac: boolean,
  keyNames: Readonly<Record<string, string>> = {},
): string[] {
  const [first = keys, second] = keys.split(' ');
  if (second !== undefined) {
    return [...keyCaps(first, onMac, keyNames), ...keyCaps(second, onMac, keyNames)];
  }
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
    pageup: 'PgUp',
    pagedown: 'PgDn',
    ' ': 'Space',
    ...keyNames,
    ...(onMac ? macSigns : {}),
  };
  const { key, mod, alt, shift } = parseKeys(keys);
  const held = [mod && 'mod', alt && 'alt', shift && 'shift'].filter((name) => name !== false);
  const cap = signs[key] ?? (key.length === 1 ? key.toUpperCase() : capitalised(key));
  return [...held.map((name) => signs[name] ?? name), cap];
}

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
