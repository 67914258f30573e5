import { shortcuts } from '../ui/keyboard.ts';
import type { Shortcut } from '../ui/keyboard.ts';

export interface ActGroup {
  readonly scope: string;
  readonly acts: readonly Shortcut[];
}

/** What can be done now: the groups that came last (the screen's) first, each in its own order. */
export function actGroups(): ActGroup[] {
  const acts = shortcuts.active();
  return [...new Set(acts.map(({ scope }) => scope))].map((scope) => ({
    scope,
    acts: acts.filter((act) => act.scope === scope).toReversed(),
  }));
}
