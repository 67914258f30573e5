import { LensmithError } from '../../base/errors.ts';
import { readConversation } from '../../formats/datasets/index.ts';
import { generate } from '../../generation/generate.ts';
import type { Generation } from '../../generation/generate.ts';
import type { GenerationSettings } from '../../generation/settings.ts';
import { pixelBatch } from '../session/session.ts';
import type { Session } from '../session/session.ts';

export interface GenerateRequest {
  /** JSON file with one conversation; what the assistant would say next is generated. */
  readonly conversation: string;
  /** Over the model folder's own settings. */
  readonly settings?: Partial<GenerationSettings>;
  readonly ignoreEos?: boolean;
  readonly onToken?: (id: number, text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

export interface GenerateResult extends Generation {
  readonly prompt: string;
  readonly promptTokens: number;
}

/**
 * Answers a conversation. A last message by the assistant is left out, and so
 * written anew: a sample of a dataset can be tried as it is.
 * @throws generation/no-question when nothing is left then, job/cancelled, and the errors of generate and of reading the conversation
 */
export async function generateAnswer(
  session: Session,
  request: GenerateRequest,
): Promise<GenerateResult> {
  const { loaded, processor, media } = session;
  const { signal } = request;
  const sample = await readConversation(request.conversation);
  const answered = sample.messages.at(-1)?.role === 'assistant';
  const messages = answered ? sample.messages.slice(0, -1) : sample.messages;
  if (messages.length === 0) throw noQuestion(request.conversation);
  const prompt = await processor.prepare({ id: sample.id, messages }, media, {
    addGenerationPrompt: true,
    signal,
  });
  const generation = await generate(
    loaded.model,
    processor.tokenizer,
    { inputIds: prompt.inputIds, images: await pixelBatch(prompt, processor, signal) },
    { ...session.settings, ...request.settings },
    { ignoreEos: request.ignoreEos ?? false, onToken: request.onToken, signal },
  );
  return { ...generation, prompt: prompt.prompt, promptTokens: prompt.inputIds.length };
}

function noQuestion(path: string): LensmithError {
  return new LensmithError('generation/no-question', `${path} has nothing to answer.`, {
    expected: 'a message by the user before the answer',
    got: 'a message by the assistant alone, which would be written anew',
    hint: 'Put {"role": "user", "content": "…"} before it.',
  });
}
