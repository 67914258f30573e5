/** What was typed and not sent yet, by chat, while the window is open: other places may be visited meanwhile. */
export interface Draft {
  readonly text: string;
  readonly itemIds: readonly number[];
}

const drafts = new Map<number | null, Draft>();

/** @param chatId null: of the chat that is not begun yet */
export function recallDraft(chatId: number | null): Draft {
  return drafts.get(chatId) ?? { text: '', itemIds: [] };
}

export function keepDraft(chatId: number | null, draft: Draft): void {
  if (draft.text === '' && draft.itemIds.length === 0) drafts.delete(chatId);
  else drafts.set(chatId, draft);
}
