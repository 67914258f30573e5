/** Suggestions of models: nothing counts until a person accepts it. */
import type { Shape } from '../../../src-main/ipc/contract/shapes.ts';
import { removeMarks } from './mark-edits.ts';
import { actOn } from './shape-words.ts';
import type { Workbench } from './workbench.svelte.ts';

export async function acceptDrafts(bench: Workbench, drafts: readonly Shape[]): Promise<void> {
  await bench.change(drafts, { isDraft: false }, actOn('Accept', drafts));
}

export async function rejectDrafts(bench: Workbench, drafts: readonly Shape[]): Promise<void> {
  const ids = drafts.map(({ id }) => id);
  if (bench.marks !== null) await removeMarks(bench.marks, ids);
}

function show(bench: Workbench, draft: Shape | undefined): void {
  bench.select(draft === undefined ? [] : [draft.id]);
  if (draft !== undefined) bench.canvas?.reveal([draft.id]);
}

/**
 * Accepts or rejects the drafts that are selected and goes on to the next one.
 * @returns whether there were any
 */
export function settleDrafts(bench: Workbench, how: 'accept' | 'reject'): boolean {
  const chosen = bench.selected.filter(({ isDraft }) => isDraft);
  const [first] = chosen;
  if (first === undefined) return false;
  const { drafts } = bench;
  const inTurn = [...drafts.slice(drafts.indexOf(first)), ...drafts];
  const next = inTurn.find((draft) => !chosen.includes(draft));
  void (how === 'accept' ? acceptDrafts(bench, chosen) : rejectDrafts(bench, chosen));
  show(bench, next);
  return true;
}

/** Selects the draft after (or before) the one that is selected. @returns whether there is one */
export function nextDraft(bench: Workbench, step: 1 | -1): boolean {
  const { drafts } = bench;
  if (drafts.length === 0) return false;
  const at = drafts.findIndex(({ id }) => bench.selection.includes(id));
  const start = at === -1 && step === -1 ? 0 : at;
  show(bench, drafts[(start + step + drafts.length) % drafts.length]);
  return true;
}
