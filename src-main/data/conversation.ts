import { LensmithError } from '../base/errors.ts';
import type { ChatTemplate, TemplateMessage, TemplatePart } from '../tokenizers/chat-template.ts';
import { expandImageTokens } from '../tokenizers/image-tokens.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';
import { findAnswers } from './conversation-answers.ts';
import { tokenizePrompt } from './prompt-tokens.ts';

/** Label of a token that takes no part in the loss. */
export const ignoreIndex = -100;

/** A part of a message; samples of every format fit, whatever else their parts carry. */
export type ConversationPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image' }
  | { readonly type: 'video' };

export interface ConversationMessage {
  /** `system`, `user`, `assistant`, or what else the template knows. */
  readonly role: string;
  readonly content: readonly ConversationPart[];
}

export interface ConversationOptions {
  readonly imageTokenId: number;
  /** Tokens of every image, or of each image in order; a video gives one image a frame. */
  readonly imageTokenCount: number | readonly number[];
  /** Sampled frames of each video part in order. */
  readonly frameCounts?: readonly number[];
  /** End with the words after which the assistant answers (default false). */
  readonly addGenerationPrompt?: boolean;
}

/** The tokens of one image, and the part it came from. */
export interface ImageRun {
  readonly start: number;
  readonly length: number;
  readonly messageIndex: number;
  readonly partIndex: number;
  /** Frame of a video part; 0 for an image part. */
  readonly frameIndex: number;
}

export interface EncodedConversation {
  /** [T] image placeholders already written out to their full length. */
  readonly inputIds: Int32Array;
  /** [T] the ids under loss, elsewhere {@link ignoreIndex}; not shifted. */
  readonly labels: Int32Array;
  /** Tokens under loss, [start, end), one span for each answer that has any. */
  readonly assistantSpans: readonly (readonly [start: number, end: number])[];
  readonly imageRuns: readonly ImageRun[];
  /** The rendered text, with one placeholder for each image. */
  readonly prompt: string;
}

interface ImageOrigin {
  readonly messageIndex: number;
  readonly partIndex: number;
  readonly frameIndex: number;
}

/**
 * A conversation as a model sees it: rendered by the chat template, tokenised, image placeholders
 * written out, and labels on what the assistant says. An answer begins after the generation prompt
 * and ends with what the template writes to close the turn, end-of-turn tokens included; a token
 * that holds the end of the generation prompt and the start of the answer is learned, one that
 * reaches into the next turn is not.
 *
 * Text that spells the image placeholder is refused rather than taken for an image.
 *
 * @throws data/literal-image-token      a text part spells the placeholder
 * @throws data/frame-count-mismatch     frameCounts does not fit the video parts
 * @throws data/image-count-mismatch     imageTokenCount is a list of another length
 * @throws data/answer-not-found         the template hides or rewrites an answer
 * @throws tokenizers/image-count-mismatch  the template left out or doubled an image
 * @throws tokenizers/template-refused, tokenizers/bad-template, tokenizers/unknown-text
 */
export function encodeConversation(
  messages: readonly ConversationMessage[],
  tokenizer: Tokenizer,
  template: ChatTemplate,
  options: ConversationOptions,
): EncodedConversation {
  const { addGenerationPrompt = false } = options;
  refuseLiteralPlaceholders(messages, tokenizer.idToToken(options.imageTokenId));
  const { rendered, origins } = expandVideos(messages, options.frameCounts ?? []);
  const prompt = template.renderPrompt(rendered, { addGenerationPrompt });
  const tokens = tokenizePrompt(prompt, tokenizer);
  const counts = countsOf(options.imageTokenCount, origins.length);
  const { ids, runs, positions } = expandImageTokens(tokens.ids, options.imageTokenId, counts);

  const labels = new Int32Array(ids.length).fill(ignoreIndex);
  const assistantSpans: [number, number][] = [];
  for (const answer of findAnswers(rendered, prompt, template, tokenizer)) {
    const span = tokens.spanOf(answer.start, answer.end);
    const [start, end] = [positions[span.start] ?? 0, positions[span.end] ?? 0];
    if (start >= end) continue;
    labels.set(ids.subarray(start, end), start);
    assistantSpans.push([start, end]);
  }
  const imageRuns = runs.map((run, index) => ({ ...run, ...originAt(origins, index) }));
  for (const run of imageRuns) labels.fill(ignoreIndex, run.start, run.start + run.length);
  return { inputIds: ids, labels, assistantSpans, imageRuns, prompt };
}

/**
 * A sample too long is named before training rather than cut, since a cut could fall inside an
 * image's tokens or leave an answer without its question.
 * @throws data/sample-too-long
 */
export function assertFits(
  encoded: EncodedConversation,
  maxLength: number,
  sampleId: string,
): void {
  const length = encoded.inputIds.length;
  if (length <= maxLength) return;
  const imageTokens = encoded.imageRuns.reduce((sum, run) => sum + run.length, 0);
  throw new LensmithError('data/sample-too-long', `The sample ${sampleId} is too long.`, {
    expected: `at most ${maxLength} tokens`,
    got: `${length} tokens, ${imageTokens} of them for ${encoded.imageRuns.length} images`,
    hint: 'Shorten the conversation, use fewer images or video frames, or raise the limit.',
  });
}

function originAt(origins: readonly ImageOrigin[], index: number): ImageOrigin {
  const origin = origins[index];
  if (origin === undefined) throw new RangeError(`image ${index} has no origin`);
  return origin;
}

function refuseLiteralPlaceholders(
  messages: readonly ConversationMessage[],
  placeholder: string | undefined,
): void {
  if (placeholder === undefined) return;
  for (const [messageIndex, { content }] of messages.entries()) {
    const text = content.map((part) => (part.type === 'text' ? part.text : '\0')).join('');
    const withoutBreaks = content.map((part) => (part.type === 'text' ? part.text : '')).join('');
    if (!text.includes(placeholder) && !withoutBreaks.includes(placeholder)) continue;
    throw new LensmithError(
      'data/literal-image-token',
      `Message ${messageIndex + 1} spells the image placeholder in its text.`,
      {
        expected: 'images as parts of their own, and text without the placeholder',
        got: `${placeholder} inside a text part`,
        hint: `Remove ${placeholder} from the text, or write it apart, as in "< image >".`,
      },
    );
  }
}

/** Videos as their frames, each an image part, and where every image came from. */
function expandVideos(
  messages: readonly ConversationMessage[],
  frameCounts: readonly number[],
): { rendered: TemplateMessage[]; origins: ImageOrigin[] } {
  const origins: ImageOrigin[] = [];
  let videos = 0;
  const rendered = messages.map(({ role, content }, messageIndex) => ({
    role,
    content: content.flatMap((part, partIndex): TemplatePart[] => {
      if (part.type === 'text') return [part];
      const frames = part.type === 'image' ? 1 : (frameCounts[videos++] ?? 0);
      if (!Number.isInteger(frames) || frames < 1) throw frameCountError(frameCounts, messages);
      for (let frameIndex = 0; frameIndex < frames; frameIndex++) {
        origins.push({ messageIndex, partIndex, frameIndex });
      }
      return Array.from({ length: frames }, () => ({ type: 'image' }));
    }),
  }));
  if (videos !== frameCounts.length) throw frameCountError(frameCounts, messages);
  return { rendered, origins };
}

function frameCountError(
  frameCounts: readonly number[],
  messages: readonly ConversationMessage[],
): LensmithError {
  const videos = messages.flatMap(({ content }) => content).filter(({ type }) => type === 'video');
  return new LensmithError('data/frame-count-mismatch', 'The frames do not fit the videos.', {
    expected: `${videos.length} frame counts above 0, one for each video`,
    got: `[${frameCounts.join(', ')}]`,
  });
}

function countsOf(count: number | readonly number[], images: number): readonly number[] {
  if (typeof count === 'number') return new Array<number>(images).fill(count);
  if (count.length === images) return count;
  throw new LensmithError('data/image-count-mismatch', 'The images do not fit the conversation.', {
    expected: `token counts for ${images} images (video frames counted one by one)`,
    got: `${count.length}`,
  });
}
