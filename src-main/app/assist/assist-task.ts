/** Assisting models in the media worker: opened once, kept while they are used. */
import { LensmithError } from '../../base/errors.ts';
import type { AssistantKind, Prompt } from '../../ipc/contract/assist.ts';
import { decodeImage } from '../../media/decode-image.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import type { OpenAssistant, OpenersByKind, Suggestion } from './assistant.ts';
import { openBoxAssistant } from './box-assistant.ts';
import { openSegmentAssistant } from './segment-assistant.ts';
import { openTextAssistant } from './text-assistant.ts';

const openers: OpenersByKind = {
  text: openTextAssistant,
  boxes: openBoxAssistant,
  segment: openSegmentAssistant,
};

interface AssistantFiles {
  readonly kind: AssistantKind;
  readonly files: readonly string[];
}

export interface AssistInput extends AssistantFiles {
  readonly imagePath: string;
  /** Equal for equal pictures. */
  readonly imageKey: string;
  readonly prompts: readonly Prompt[];
}

/** Only the last one stays open: models take hundreds of megabytes. */
let held: { readonly key: string; readonly assistant: Promise<OpenAssistant> } | null = null;

function open({ kind, files }: AssistantFiles): Promise<OpenAssistant> {
  const key = JSON.stringify([kind, files]);
  if (held?.key === key) return held.assistant;
  const before = held;
  const assistant = Promise.resolve(before?.assistant)
    .catch(() => undefined)
    .then(async (other) => {
      await other?.close();
      return openers[kind](files);
    });
  held = { key, assistant };
  assistant.catch(() => {
    if (held?.key === key) held = null;
  });
  return assistant;
}

/** Works one at a time: a second picture would only make both slower. */
let queue: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const turn = queue.then(work, work);
  queue = turn.catch(() => undefined);
  return turn;
}

/** @throws assist/bad-model, assist/no-prompt, job/cancelled, and the errors of decodeImage */
export function assistTask(
  input: AssistInput,
  { signal }: TaskContext<never>,
): Promise<readonly Suggestion[]> {
  return inTurn(async () => {
    const assistant = await open(input);
    const image = await decodeImage(input.imagePath);
    return assistant.suggest({ ...image, key: input.imageKey }, input.prompts, signal);
  });
}

/** Opens the files of an assistant and lets them go. @throws assist/bad-model */
export async function checkAssistantTask(
  input: AssistantFiles,
  _context: TaskContext<never>,
): Promise<null> {
  const expected = input.kind === 'segment' ? 2 : 1;
  if (input.kind !== 'text' && input.files.length !== expected) {
    throw new LensmithError(
      'assist/bad-model',
      'The number of files is not what this kind needs.',
      {
        expected: input.kind === 'segment' ? 'the encoder, then the decoder' : 'one ONNX file',
        got: `${input.files.length} files`,
      },
    );
  }
  await inTurn(() => open(input));
  return null;
}
