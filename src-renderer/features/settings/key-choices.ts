/** What a person may bind, and what comes in the way of it. */
import { collide, sameForm } from '../../ui/key-chords.ts';
import { usualKeysOf } from '../../ui/keyboard.ts';
import type { Bindings, Shortcut } from '../../ui/keyboard.ts';

/** An act, and the screen that it belongs to; empty for those that work on all of them. */
export interface PlacedAct {
  readonly act: Shortcut;
  readonly place: string;
}

export function keysIn(bindings: Bindings, act: Shortcut): readonly string[] {
  const chosen = act.isFixed === true ? undefined : bindings[act.id];
  return chosen ?? usualKeysOf(act);
}

/** Whether a person gave the act other keys than it came with. */
export const isChanged = (bindings: Bindings, act: Shortcut): boolean =>
  bindings[act.id] !== undefined && act.isFixed !== true;

/** Other acts, able to work at the same time, whose keys are these or begin with them. */
export function takenBy(
  wanted: PlacedAct,
  keys: string,
  all: readonly PlacedAct[],
  bindings: Bindings,
): readonly PlacedAct[] {
  return all.filter(
    ({ act, place }) =>
      act.id !== wanted.act.id &&
      (place === wanted.place || place === '' || wanted.place === '') &&
      keysIn(bindings, act).some((one) => collide(one, keys)),
  );
}

/** Bindings with new keys for one act, taken from those that had them. */
export function withKeys(
  bindings: Bindings,
  wanted: Shortcut,
  keys: string,
  from: readonly PlacedAct[],
): Record<string, string[]> {
  const taken = from
    .filter(({ act }) => act.isFixed !== true)
    .map(
      ({ act }) => [act.id, keysIn(bindings, act).filter((one) => !collide(one, keys))] as const,
    );
  return copied({ ...bindings, ...Object.fromEntries(taken), [wanted.id]: [keys] });
}

export function withoutKeys(bindings: Bindings, act: Shortcut): Record<string, string[]> {
  return copied({ ...bindings, [act.id]: [] });
}

/** The keys that an act came with, taken back from whoever has them by now. */
export function withUsualKeys(
  bindings: Bindings,
  wanted: PlacedAct,
  all: readonly PlacedAct[],
): Record<string, string[]> {
  const rest: Bindings = Object.fromEntries(
    Object.entries(bindings).filter(([id]) => id !== wanted.act.id),
  );
  const usual = usualKeysOf(wanted.act);
  const freed = usual
    .flatMap((keys) => takenBy(wanted, keys, all, rest))
    .filter(({ act }) => rest[act.id] !== undefined)
    .map(
      ({ act }) =>
        [
          act.id,
          keysIn(rest, act).filter((one) => !usual.some((keys) => collide(one, keys))),
        ] as const,
    );
  return copied({ ...rest, ...Object.fromEntries(freed) });
}

const copied = (bindings: Bindings): Record<string, string[]> =>
  Object.fromEntries(Object.entries(bindings).map(([id, keys]) => [id, [...keys]]));

/** Keys that never reach a page, or that it would be rude to take. */
const reserved = [
  ...['Mod+W', 'Mod+T', 'Mod+N', 'Mod+Q', 'Mod+R', 'Mod+L', 'Mod+Tab', 'Mod+Shift+Tab'],
  ...['Mod+Shift+R', 'Mod+Shift+T', 'Mod+Shift+W', 'Alt+F4', 'Tab', 'Shift+Tab'],
  ...['F5', 'F11', 'F12', 'Mod+V', 'Mod+X'],
].map(sameForm);

export const isReserved = (keys: string): boolean => reserved.includes(sameForm(keys));

/** Whether a second key may follow: after plain letters and digits alone. */
export const mayGoOn = (keys: string): boolean => /^[\p{L}\p{N}]$/u.test(keys);
