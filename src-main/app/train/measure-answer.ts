/** What an answer of an evaluation takes: the start of one, timed. */
import { supervisedRows } from '../../data/supervised-rows.ts';
import { generate } from '../../generation/generate.ts';
import { loadGenerationSettings } from '../../generation/settings.ts';
import type { OpenTraining } from './open-training.ts';

export interface AnswerMeasure {
  /** Of the conversation before the first word, pictures included. */
  readonly promptSeconds: number;
  readonly tokenSeconds: number;
  /** Answers of one evaluation. */
  readonly answers: number;
  /** Of a true answer, on average: what a taught model's answers will be like. */
  readonly tokensPerAnswer: number;
}

/** Enough for a steady rate; a person waits. */
const timedTokens = 12;

/**
 * @param answered so many first held-out samples get answers
 * @returns null where no answer is asked for
 * @throws job/cancelled, the errors of reading media and of generate
 */
export async function measureAnswer(
  { modelDir, loaded, processor, media, heldOut }: OpenTraining,
  answered: number,
  signal: AbortSignal | undefined,
): Promise<AnswerMeasure | null> {
  const shown = heldOut?.samples.slice(0, answered) ?? [];
  const [first] = shown;
  if (heldOut === null || first === undefined) return null;
  const until = first.messages.findIndex(({ role }) => role === 'assistant');
  const before = { id: first.id, messages: first.messages.slice(0, until) };
  const prompt = await processor.prepare(before, media, { addGenerationPrompt: true, signal });
  const shape = [prompt.imageCount, ...processor.imageShape] as const;
  const images = prompt.imageCount === 0 ? null : { data: await prompt.loadPixels(signal), shape };
  const folder = await loadGenerationSettings(modelDir, processor.tokenizer);
  const settings = { ...folder, doSample: false, maxNewTokens: timedTokens, undone: [] };
  const { inputIds } = prompt;
  const timed = await generate(loaded.model, processor.tokenizer, { inputIds, images }, settings, {
    ignoreEos: true,
    signal,
  });
  let [answers, tokens] = [0, 0];
  for (const [i, { messages }] of shown.entries()) {
    answers += messages.filter(({ role }) => role === 'assistant').length;
    tokens += supervisedRows((await heldOut.prepared(i, signal)).labels).rows.length;
  }
  return {
    promptSeconds: inputIds.length / timed.prefillTokensPerSecond,
    tokenSeconds: 1 / (timed.decodeTokensPerSecond ?? Infinity),
    answers,
    tokensPerAnswer: tokens / Math.max(1, answers),
  };
}
