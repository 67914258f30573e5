import { readMessages, writeMessage } from '../../store/chats.ts';
import type { AppContext } from '../core/context.ts';
import { createSample } from '../conversations/edit-samples.ts';
import type { OpenProject } from '../project/open-project.ts';
import { itemsOf } from './chat-messages.ts';
import { missing } from './chat-missing.ts';
import { historyOf, readAnswerText, readFacts } from './conversation-tree.ts';

export interface Fix {
  readonly chatId: number;
  readonly answerId: number;
  /** What it should have said. */
  readonly text: string;
}

/**
 * The conversation up to an answer, with other words in its place, as a sample of the project; what
 * the model said is kept as the answer that was not chosen.
 * @throws chat/missing
 */
export function fixAnswer(
  { store }: OpenProject,
  now: AppContext['now'],
  { chatId, answerId, text }: Fix,
): { sampleId: number; itemId: number | null } {
  const messages = readMessages(store, chatId);
  const row = messages.find(({ id }) => id === answerId);
  if (row === undefined || row.side === null || row.parentId === null) throw missing('answer');
  const history = historyOf(messages, row.parentId, row.side);
  const wrong = readAnswerText(row);
  const itemIds = itemsOf(history);
  const sampleId = createSample(store, now, {
    kind: 'conversation',
    items: itemIds.map((itemId) => ({ itemId, sampling: null })),
    turns: [
      ...history.map((turn) => ({ ...turn, content: [...turn.content] })),
      {
        role: 'assistant',
        content: [{ type: 'text', text }],
        rejected: wrong === '' || wrong === text ? null : [{ type: 'text', text: wrong }],
      },
    ],
    source: 'chat',
  });
  const factsJson = JSON.stringify({ ...readFacts(row), sampleId });
  writeMessage(store, { id: answerId, contentJson: row.contentJson, factsJson });
  return { sampleId, itemId: itemIds[0] ?? null };
}
