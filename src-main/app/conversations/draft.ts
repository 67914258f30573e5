import { LensmithError } from '../../base/errors.ts';
import type { Dialect, ModelRef } from '../../ipc/contract/content.ts';
import type { AppContext } from '../core/context.ts';
import { readSample } from './read-samples.ts';
import { renderSample } from './render-sample.ts';
import { sourcesOf } from './render-sources.ts';

export interface DraftRequest {
  readonly sampleId: number;
  /** The answer stands in its place; null: after all turns. */
  readonly beforeTurnId: number | null;
  readonly model: ModelRef;
  readonly dialect: Dialect;
  readonly settings: {
    readonly temperature?: number | undefined;
    readonly maxNewTokens?: number | undefined;
  };
}

interface DraftContext {
  readonly signal: AbortSignal;
  readonly part: (part: { readonly text: string }) => void;
}

/**
 * What a model answers to the turns so far, word by word; nothing is written to the project.
 * @throws conversations/nothing-to-answer, and the errors of renderSample and of the engine
 */
export async function draftAnswer(
  { projects, workers }: AppContext,
  { sampleId, beforeTurnId, model, dialect, settings }: DraftRequest,
  { signal, part }: DraftContext,
): Promise<{ text: string }> {
  const project = projects.current;
  const sample = readSample(project, sampleId);
  const found = sample.turns.findIndex(({ id }) => id === beforeTurnId);
  const turns = found < 0 ? sample.turns : sample.turns.slice(0, found);
  const messages = renderSample(
    { items: sample.items, turns },
    sourcesOf(project, [sample]).sources,
    dialect,
  );
  if (messages.at(-1)?.role !== 'user') throw nothingToAnswer();
  const { text } = await workers.engine.run(
    'generate',
    { model, messages, settings },
    { signal, onProgress: part },
  );
  return { text };
}

function nothingToAnswer(): LensmithError {
  return new LensmithError(
    'conversations/nothing-to-answer',
    'There is no question before this answer.',
    {
      expected: 'a user turn with words in it right before',
      hint: 'Write what is asked first, then let the model answer.',
    },
  );
}
