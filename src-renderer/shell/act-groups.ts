import { wordsOf } from '../ui/catalogue.ts';
import { shortcuts } from '../ui/keyboard.ts';
import type { Shortcut } from '../ui/keyboard.ts';

export interface ActGroup {
  readonly scope: string;
  readonly acts: readonly Shortcut[];
}

/** What can be done now: the groups that came last (the screen's) first, each in its own order. */
export function actGroups(): ActGroup[] {
  return groupedByScope(shortcuts.active());
}

/** @param acts  latest first, as the registry gives them */
export function groupedByScope(acts: readonly Shortcut[]): ActGroup[] {
  return [...new Set(acts.map(({ scope }) => wordsOf(scope)))].map((scope) => ({
    scope,
    acts: acts.filter((act) => wordsOf(act.scope) === scope).toReversed(),
  }));
}
