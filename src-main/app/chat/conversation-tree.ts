/** The tree of a chat's messages: the way through it that is on the screen, and what models read of it. */
import type { Content, Role } from '../../ipc/contract/content.ts';
import type { Alternatives, Answer, Question, Side, Turn } from '../../ipc/contract/chat.ts';
import type { MessageRow } from '../../store/chats.ts';

/** What is kept of an answer beside its text. */
export type AnswerFacts = Omit<Answer, 'id' | 'side' | 'text' | 'alternatives'>;

export const newAnswerFacts: AnswerFacts = {
  state: 'waiting',
  modelName: '',
  newTokens: null,
  promptTokens: null,
  prefillTokensPerSecond: null,
  decodeTokensPerSecond: null,
  stopReason: null,
  error: null,
  sampleId: null,
};

// What is parsed here was written by this feature.
export const readQuestion = (row: MessageRow): Question => JSON.parse(row.contentJson) as Question;
export const readAnswerText = (row: MessageRow): string => JSON.parse(row.contentJson) as string;
export const readFacts = (row: MessageRow): AnswerFacts => ({
  ...newAnswerFacts,
  ...(JSON.parse(row.factsJson) as Partial<AnswerFacts>),
});

const sides: readonly Side[] = ['base', 'tuned'];

/** The turns on the screen: from the first question on, of alternatives the chosen one. */
export function chosenTurns(messages: readonly MessageRow[]): Turn[] {
  const turns: Turn[] = [];
  let parentId: number | null = null;
  for (;;) {
    const questions: MessageRow[] = messages.filter(
      (row) => row.role === 'user' && row.parentId === parentId,
    );
    const question = chosenOf(questions);
    if (question === undefined) return turns;
    turns.push({
      id: question.id,
      content: readQuestion(question),
      alternatives: alternativesOf(question, questions),
      answers: sides.flatMap((side) => answerOf(messages, question.id, side) ?? []),
    });
    parentId = question.id;
  }
}

function answerOf(
  messages: readonly MessageRow[],
  questionId: number,
  side: Side,
): Answer | undefined {
  const all = answersTo(messages, questionId, side);
  const row = chosenOf(all);
  if (row === undefined) return undefined;
  return {
    id: row.id,
    side,
    text: readAnswerText(row),
    ...readFacts(row),
    alternatives: alternativesOf(row, all),
  };
}

function answersTo(messages: readonly MessageRow[], questionId: number, side: Side): MessageRow[] {
  return messages.filter(
    (row) => row.role === 'assistant' && row.parentId === questionId && row.side === side,
  );
}

function chosenOf(rows: readonly MessageRow[]): MessageRow | undefined {
  return rows.find(({ isChosen }) => isChosen) ?? rows.at(-1);
}

function alternativesOf(row: MessageRow, all: readonly MessageRow[]): Alternatives {
  const index = all.indexOf(row);
  return {
    index,
    count: all.length,
    previousId: all[index - 1]?.id ?? null,
    nextId: all[index + 1]?.id ?? null,
  };
}

export interface HistoryTurn {
  readonly role: Role;
  readonly content: Content;
}

/**
 * What a side has heard and said up to a question, that question last. Where a side was not asked,
 * what the other one answered stands in for it; a question that nobody answered is passed over.
 */
export function historyOf(
  messages: readonly MessageRow[],
  questionId: number,
  side: Side,
): HistoryTurn[] {
  const byId = new Map(messages.map((row) => [row.id, row]));
  const way: MessageRow[] = [];
  for (let id: number | null = questionId; id !== null; id = way[0]?.parentId ?? null) {
    const row = byId.get(id);
    if (row === undefined) break;
    way.unshift(row);
  }
  return way.flatMap((question): HistoryTurn[] => {
    const asked = { role: 'user' as const, content: readQuestion(question) };
    if (question.id === questionId) return [asked];
    const other: Side = side === 'base' ? 'tuned' : 'base';
    const text = saidTo(messages, question.id, side) ?? saidTo(messages, question.id, other);
    if (text === null) return [];
    return [asked, { role: 'assistant', content: [{ type: 'text', text }] }];
  });
}

/** null: nothing. An answer that is whole may be empty. */
function saidTo(messages: readonly MessageRow[], questionId: number, side: Side): string | null {
  const row = chosenOf(answersTo(messages, questionId, side));
  if (row === undefined) return null;
  const text = readAnswerText(row);
  return text === '' && readFacts(row).state !== 'done' ? null : text;
}
