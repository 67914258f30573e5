/** What a sample asks and answers, in words, however it was read. */
import { mediaParts } from '../../formats/sample.ts';
import type { Message, Role, Sample } from '../../formats/sample.ts';

export interface SampleWords {
  readonly questions: readonly string[];
  readonly references: readonly string[];
  /** Absolute paths of pictures and videos, in order; empty for one that stands in the file itself. */
  readonly media: readonly string[];
  readonly hasVideo: boolean;
}

export function wordsOf(sample: Pick<Sample, 'messages'>): SampleWords {
  const parts = mediaParts(sample);
  return {
    questions: textsOf(sample.messages, 'user'),
    references: textsOf(sample.messages, 'assistant'),
    media: parts.map((part) => ('path' in part ? part.path : '')),
    hasVideo: parts.some(({ type }) => type === 'video'),
  };
}

function textsOf(messages: readonly Message[], role: Role): string[] {
  return messages
    .filter((message) => message.role === role)
    .map(({ content }) =>
      content
        .map((part) => (part.type === 'text' ? part.text : ''))
        .join('')
        .trim(),
    );
}

export function isSameWords(a: SampleWords, b: SampleWords): boolean {
  const key = ({ questions, references, media }: SampleWords): string =>
    JSON.stringify([questions, references, media]);
  return key(a) === key(b);
}
