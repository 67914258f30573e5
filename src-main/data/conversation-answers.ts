import { LensmithError } from '../base/errors.ts';
import type { ChatTemplate, TemplateMessage } from '../tokenizers/chat-template.ts';
import type { Tokenizer } from '../tokenizers/tokenizer.ts';

/** Characters of the prompt that are learned for one assistant message, [start, end). */
export interface Answer {
  readonly start: number;
  readonly end: number;
}

/**
 * Where the answers lie in a rendered prompt. An answer starts where the conversation before it,
 * rendered with the generation prompt, ends; it ends where the conversation up to and with it
 * ends. So it needs no `generation` marks in the template and holds what closes the turn, which
 * is what the model has to write itself. Templates whose text for a part of the conversation is
 * no beginning of the whole (that raise, or treat the last turn apart) are asked in another way:
 * the answer is swapped for a marker, and what changes is the answer.
 * @throws data/answer-not-found
 */
export function findAnswers(
  messages: readonly TemplateMessage[],
  prompt: string,
  template: ChatTemplate,
  tokenizer: Tokenizer,
): Answer[] {
  const answers: Answer[] = [];
  for (const [index, message] of messages.entries()) {
    if (message.role !== 'assistant') continue;
    const answer = findAnswer(messages, index, prompt, template, tokenizer);
    const previousEnd = answers.at(-1)?.end ?? 0;
    answers.push({
      start: Math.max(answer.start, previousEnd),
      end: Math.max(answer.end, previousEnd),
    });
  }
  return answers;
}

function findAnswer(
  messages: readonly TemplateMessage[],
  index: number,
  prompt: string,
  template: ChatTemplate,
  tokenizer: Tokenizer,
): Answer {
  const before = renderBeginning(messages.slice(0, index), true, prompt, template);
  const through = renderBeginning(messages.slice(0, index + 1), false, prompt, template);
  if (before !== undefined && through !== undefined && through >= before) {
    return { start: before, end: through };
  }
  const text = locateByMarker(messages, index, prompt, template);
  return {
    start: before !== undefined && before <= text.start ? before : text.start,
    end:
      through !== undefined && through >= text.end
        ? through
        : text.end + endOfTurnLength(prompt.slice(text.end), messages, template, tokenizer),
  };
}

/** Length of a rendered beginning of the conversation; undefined when the prompt starts otherwise. */
function renderBeginning(
  messages: readonly TemplateMessage[],
  addGenerationPrompt: boolean,
  prompt: string,
  template: ChatTemplate,
): number | undefined {
  if (messages.length === 0) return undefined;
  try {
    const text = template.renderPrompt(messages, { addGenerationPrompt });
    return prompt.startsWith(text) ? text.length : undefined;
  } catch (thrown) {
    if (isAboutTemplate(thrown)) return undefined;
    throw thrown;
  }
}

function locateByMarker(
  messages: readonly TemplateMessage[],
  index: number,
  prompt: string,
  template: ChatTemplate,
): Answer {
  let marker = 'answer-marker';
  while (prompt.includes(marker)) marker += '-x';
  const swapped = messages.map((message, i) =>
    i === index ? { ...message, content: [{ type: 'text' as const, text: marker }] } : message,
  );
  const found = [true, false]
    .map((addGenerationPrompt) => template.renderPrompt(swapped, { addGenerationPrompt }))
    .map((text) => text.split(marker))
    .find(([head, tail, ...more]) => more.length === 0 && surrounds(prompt, head, tail));
  const [head = '', tail] = found ?? [];
  if (tail !== undefined) return { start: head.length, end: prompt.length - tail.length };
  throw new LensmithError(
    'data/answer-not-found',
    `The place of the answer in message ${index + 1} cannot be told from the chat template.`,
    {
      expected: 'a template that writes each answer once and the rest independently of it',
      got: `a prompt of ${prompt.length} characters in which the answer cannot be told apart`,
      hint: 'Use a plainer chat template for training, such as the one of the base model.',
    },
  );
}

function surrounds(prompt: string, head: string | undefined, tail: string | undefined): boolean {
  if (head === undefined || tail === undefined) return false;
  return (
    head.length + tail.length <= prompt.length && prompt.startsWith(head) && prompt.endsWith(tail)
  );
}

/**
 * Characters after an answer that close its turn: what it has in common with the end of the last
 * answer; where that cannot be rendered alone, a special token and the blanks around it.
 */
function endOfTurnLength(
  following: string,
  messages: readonly TemplateMessage[],
  template: ChatTemplate,
  tokenizer: Tokenizer,
): number {
  const closing = closingOfLastAnswer(messages, template);
  if (closing === undefined) return specialTokenLength(following, tokenizer);
  let length = 0;
  while (length < closing.length && closing[length] === following[length]) length++;
  return length;
}

function closingOfLastAnswer(
  messages: readonly TemplateMessage[],
  template: ChatTemplate,
): string | undefined {
  const last = messages.findLastIndex(({ role }) => role === 'assistant');
  const through = messages.slice(0, last + 1);
  try {
    const prompt = template.renderPrompt(through);
    return prompt.slice(locateByMarker(through, last, prompt, template).end);
  } catch (thrown) {
    if (isAboutTemplate(thrown)) return undefined;
    throw thrown;
  }
}

function isAboutTemplate(thrown: unknown): boolean {
  const codes = ['tokenizers/template-refused', 'tokenizers/bad-template', 'data/answer-not-found'];
  return thrown instanceof LensmithError && codes.includes(thrown.code);
}

/** A special token that follows at once, with the blanks before and the line break after it. */
function specialTokenLength(following: string, tokenizer: Tokenizer): number {
  const blanks = following.length - following.trimStart().length;
  const rest = following.slice(blanks);
  const closing = tokenizer.addedTokens
    .filter((token) => token.special && token.content !== tokenizer.special.bos?.text)
    .filter((token) => rest.startsWith(token.content))
    .sort((a, b) => b.content.length - a.content.length)[0];
  if (closing === undefined) return 0;
  const after = rest.slice(closing.content.length);
  const lineBreak = /^[ \t]*\r?\n/.exec(after)?.[0] ?? '';
  return blanks + closing.content.length + lineBreak.length;
}
