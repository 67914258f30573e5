import { screens } from '../index.ts';
import { groupedByScope } from '../../shell/act-groups.ts';
import { shortcuts } from '../../ui/keyboard.ts';
import type { PlacedAct } from './key-choices.ts';

/** Every act of the window, those of screens that are not shown now among them, each once. */
export async function allActs(): Promise<readonly PlacedAct[]> {
  const ofScreens = await Promise.all(
    screens.map(async ({ id, listActs }) =>
      ((await listActs?.()) ?? []).map((act) => ({ act, place: id })),
    ),
  );
  const everywhere = groupedByScope(shortcuts.all()).flatMap(({ acts }) =>
    acts.map((act) => ({ act, place: '' })),
  );
  const known = new Map([...everywhere, ...ofScreens.flat()].map((one) => [one.act.id, one]));
  return [...known.values()];
}
