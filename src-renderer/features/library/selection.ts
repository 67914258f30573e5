/** Choosing items of a list with pointer and keys, as file managers do it. */

export interface Selection {
  readonly ids: ReadonlySet<number>;
  /** Where the keys are; also what the inspector shows of several. */
  readonly focus: number | undefined;
  /** From where Shift extends. */
  readonly anchor: number | undefined;
}

export const nothingSelected: Selection = { ids: new Set(), focus: undefined, anchor: undefined };

export interface Held {
  readonly toggles: boolean;
  readonly extends: boolean;
}

/** Ids between two items of the list, both among them. */
function between(list: Int32Array, from: number, to: number): Int32Array {
  const [a, b] = [list.indexOf(from), list.indexOf(to)];
  if (a < 0 || b < 0) return new Int32Array([to]);
  return list.subarray(Math.min(a, b), Math.max(a, b) + 1);
}

/** A click on an item, or the arrival of the keys at it. */
export function choose(selection: Selection, list: Int32Array, id: number, held: Held): Selection {
  if (held.extends && selection.anchor !== undefined) {
    const range = between(list, selection.anchor, id);
    const ids = new Set(held.toggles ? [...selection.ids, ...range] : range);
    return { ids, focus: id, anchor: selection.anchor };
  }
  if (!held.toggles) return { ids: new Set([id]), focus: id, anchor: id };
  const ids = new Set(selection.ids);
  if (!ids.delete(id)) ids.add(id);
  return { ids, focus: id, anchor: id };
}

/** The keys move without choosing. */
export function moveFocus(selection: Selection, id: number): Selection {
  return { ...selection, focus: id, anchor: id };
}

/**
 * A rectangle was drawn over items.
 * @param before what was chosen when it began, and stays so
 * @param isUpwards whether it was drawn from below: the focus is where the pointer is
 */
export function chooseWithin(
  before: ReadonlySet<number>,
  ids: readonly number[],
  isUpwards: boolean,
): Selection {
  const [first, last] = [ids[0], ids.at(-1)];
  return {
    ids: new Set([...before, ...ids]),
    focus: isUpwards ? first : last,
    anchor: isUpwards ? last : first,
  };
}

export function chooseAll(selection: Selection, list: Int32Array): Selection {
  return { ...selection, ids: new Set(list), focus: selection.focus ?? list[0] };
}

/** What is left of a selection in a list that changed. */
export function kept(selection: Selection, list: Int32Array): Selection {
  if (selection.ids.size === 0 && selection.focus === undefined) return selection;
  const there = new Set(list);
  const isThere = (id: number | undefined): boolean => id !== undefined && there.has(id);
  const ids = new Set([...selection.ids].filter((id) => there.has(id)));
  return {
    ids: ids.size === selection.ids.size ? selection.ids : ids,
    focus: isThere(selection.focus) ? selection.focus : undefined,
    anchor: isThere(selection.anchor) ? selection.anchor : undefined,
  };
}
