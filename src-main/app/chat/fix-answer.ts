import { readMessages, writeMessage } from '../../store/chats.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { readSamples } from '../../store/samples.ts';
import type { AppContext } from '../core/context.ts';
import { createSample } from '../conversations/edit-samples.ts';
import { writeTurn } from '../conversations/edit-turns.ts';
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
 * the model said is kept as the answer that was not chosen. Fixed again, the sample that there is
 * gets the new words: two samples with different answers to the same question teach neither.
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
  const content = [{ type: 'text' as const, text }];
  const earlier = answerOfFix(store, readFacts(row).sampleId);
  if (earlier !== null) {
    writeTurn(store, earlier.turnId, { content });
    return { sampleId: earlier.sampleId, itemId: earlier.itemId };
  }
  const sampleId = createSample(store, now, {
    kind: 'conversation',
    items: itemIds.map((itemId) => ({ itemId, sampling: null })),
    turns: [
      ...history.map((turn) => ({ ...turn, content: [...turn.content] })),
      {
        role: 'assistant',
        content,
        rejected: wrong === '' || wrong === text ? null : [{ type: 'text', text: wrong }],
      },
    ],
    source: 'chat',
  });
  const factsJson = JSON.stringify({ ...readFacts(row), sampleId });
  writeMessage(store, { id: answerId, contentJson: row.contentJson, factsJson });
  return { sampleId, itemId: itemIds[0] ?? null };
}

/** The turn that an earlier fix wrote; null where its sample is gone or ends otherwise by now. */
function answerOfFix(
  store: ProjectStore,
  sampleId: number | null,
): { readonly sampleId: number; readonly turnId: number; readonly itemId: number | null } | null {
  const [sample] = sampleId === null ? [] : readSamples(store, [sampleId]);
  const last = sample?.turns.at(-1);
  if (sample === undefined || sample.trashedMs !== null || last?.role !== 'assistant') return null;
  return { sampleId: sample.id, turnId: last.id, itemId: sample.items[0]?.itemId ?? null };
}
