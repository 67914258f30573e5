import { LensmithError, asLensmithError } from '../../base/errors.ts';
import { mediaParts } from '../../formats/sample.ts';
import type { Message } from '../../formats/sample.ts';
import { generate } from '../../generation/generate.ts';
import type { FinishReason } from '../../generation/generate.ts';
import type { GenerationSettings } from '../../generation/settings.ts';
import type { ModelRef } from '../../ipc/contract/content.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import { SessionCache } from '../session/session-cache.ts';
import type { CachedSession } from '../session/session-cache.ts';
import type { TaskContext } from '../workers/worker-client.ts';

/** Over the model folder's own settings; what is left out stays as the folder says. */
export interface AnswerSettings {
  readonly maxNewTokens?: number | undefined;
  /** 0 is greedy. */
  readonly temperature?: number | undefined;
  readonly topK?: number | undefined;
  readonly topP?: number | undefined;
  readonly repetitionPenalty?: number | undefined;
  readonly seed?: number | undefined;
  /** Always the most likely token. */
  readonly greedy?: boolean | undefined;
}

export interface GenerateInput {
  readonly model: ModelRef;
  /** Ends with the question; what the assistant says next is generated. */
  readonly messages: readonly Message[];
  readonly settings?: AnswerSettings | undefined;
}

/** The next piece of the answer; pieces joined are the answer, but for white space around it. */
export interface GenerateProgress {
  readonly text: string;
}

export interface GenerateOutput {
  readonly text: string;
  readonly newTokens: number;
  readonly promptTokens: number;
  /** null when it was cancelled before the first token. */
  readonly prefillTokensPerSecond: number | null;
  readonly decodeTokensPerSecond: number | null;
  /** `cancelled`: the text is what there was by then. */
  readonly stopReason: FinishReason | 'cancelled';
}

/** Of this process. */
export const sessions = new SessionCache();

/**
 * Answers a conversation with a model that stays open for the next question. Cancelled, it stops
 * within a token and gives what it has: only one that had not begun rejects with job/cancelled.
 * @throws generation/no-question, the errors of openSession, Processor.prepare and generate
 */
export function generateTask(
  { model, messages, settings }: GenerateInput,
  { signal, report }: TaskContext<GenerateProgress>,
): Promise<GenerateOutput> {
  if (messages.at(-1)?.role !== 'user') throw noQuestion(messages.at(-1)?.role);
  return inDeviceTurn(signal, 'The answer', () =>
    sessions.use(model, (open) => answer(open, messages, settings ?? {}, { signal, report })),
  );
}

async function answer(
  { session, images }: CachedSession,
  messages: readonly Message[],
  wanted: AnswerSettings,
  { signal, report }: TaskContext<GenerateProgress>,
): Promise<GenerateOutput> {
  const { loaded, processor, media } = session;
  const said = { text: '', newTokens: 0 };
  const onToken = (_: number, text: string): void => {
    said.text += text;
    said.newTokens += 1;
    if (text !== '') report({ text });
  };
  let promptTokens = 0;
  try {
    const sample = { id: 'the conversation', messages };
    const prompt = await processor.prepare(sample, media, { addGenerationPrompt: true, signal });
    promptTokens = prompt.inputIds.length;
    const started = performance.now();
    using features = (await images.featuresOf(mediaParts(sample), signal)) ?? undefined;
    const towerSeconds = (performance.now() - started) / 1000;
    const result = await generate(
      loaded.model,
      processor.tokenizer,
      { inputIds: prompt.inputIds, images: features ?? null },
      settingsFor(session.settings, wanted),
      { onToken, signal },
    );
    const prefillSeconds = towerSeconds + promptTokens / result.prefillTokensPerSecond;
    return {
      text: result.text.trim(),
      newTokens: result.newTokenIds.length,
      promptTokens,
      prefillTokensPerSecond: promptTokens / prefillSeconds,
      decodeTokensPerSecond: result.decodeTokensPerSecond,
      stopReason: result.finishReason,
    };
  } catch (thrown) {
    if (asLensmithError(thrown).code !== 'job/cancelled') throw thrown;
    return {
      text: said.text.trim(),
      newTokens: said.newTokens,
      promptTokens,
      prefillTokensPerSecond: null,
      decodeTokensPerSecond: null,
      stopReason: 'cancelled',
    };
  }
}

function settingsFor(folder: GenerationSettings, wanted: AnswerSettings): GenerationSettings {
  const { greedy, temperature, ...others } = wanted;
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  const isGreedy = greedy ?? (temperature === undefined ? !folder.doSample : temperature === 0);
  return {
    ...folder,
    ...Object.fromEntries(given),
    doSample: !isGreedy,
    temperature: temperature === undefined || temperature === 0 ? folder.temperature : temperature,
  };
}

function noQuestion(role: string | undefined): LensmithError {
  return new LensmithError(
    'generation/no-question',
    'The conversation does not end with a question.',
    {
      expected: 'a last message by the user',
      got: role === undefined ? 'no message' : `a message by the ${role}`,
    },
  );
}
