/**
 * Texts with `<image>` and `<video>` in them, as LLaVA, ShareGPT and ms-swift
 * write conversations, to parts and back. One line break beside a placeholder
 * belongs to it, as the reference's templates add their own.
 */
import type { MediaPart, Part, TextPart } from '../sample.ts';
import { RecordFault } from './dataset-format.ts';

const placeholder = /\n?(<image>|<video>)\n?/g;

export function hasPlaceholder(text: string): boolean {
  return text.includes('<image>') || text.includes('<video>');
}

export function countPlaceholders(text: string): { image: number; video: number } {
  return { image: text.split('<image>').length - 1, video: text.split('<video>').length - 1 };
}

/** Hands out a record's media in the order of their placeholders. */
export class MediaQueue {
  readonly #waiting: Record<'image' | 'video', MediaPart[]>;

  /** @param imagesAreVideos LLaVA-Video marks its clips by `<image>` */
  constructor(images: readonly MediaPart[], videos: readonly MediaPart[], imagesAreVideos = false) {
    this.#waiting = imagesAreVideos
      ? { image: [...videos], video: [] }
      : { image: [...images], video: [...videos] };
  }

  take(kind: 'image' | 'video'): MediaPart {
    const part = this.#waiting[kind].shift();
    if (part !== undefined) return part;
    throw new RecordFault('placeholder-mismatch', `There are more <${kind}> marks than ${kind}s.`);
  }

  takeAll(): MediaPart[] {
    return [...this.#waiting.image.splice(0), ...this.#waiting.video.splice(0)];
  }

  /** @throws RecordFault when some medium has no place in the conversation */
  finish(): void {
    const left = this.#waiting.image.length + this.#waiting.video.length;
    if (left === 0) return;
    throw new RecordFault(
      'placeholder-mismatch',
      `${left} images or videos of the record have no <image> or <video> mark in its turns.`,
    );
  }
}

export function splitPlaceholders(text: string, media: MediaQueue): Part[] {
  const parts: Part[] = [];
  let start = 0;
  const addText = (end: number): void => {
    if (end > start) parts.push({ type: 'text', text: text.slice(start, end) });
  };
  for (const match of text.matchAll(placeholder)) {
    addText(match.index);
    parts.push(media.take(match[1] === '<image>' ? 'image' : 'video'));
    start = match.index + match[0].length;
  }
  addText(text.length);
  return parts;
}

/** The reverse of splitPlaceholders for what `textFaults` finds nothing in. */
export function joinPlaceholders(content: readonly Part[]): string {
  return content.map((part) => (part.type === 'text' ? part.text : `<${part.type}>`)).join('\n');
}

/** Why a message's parts would come back changed from a text with placeholders. */
export function textFaults(content: readonly Part[]): string[] {
  const faults: string[] = [];
  const texts = content.filter((part): part is TextPart => part.type === 'text');
  if (texts.some(({ text }) => text === '')) faults.push('an empty text part');
  if (texts.some(({ text }) => hasPlaceholder(text))) faults.push('a text with <image> or <video>');
  if (content.some((part, i) => part.type === 'text' && content[i - 1]?.type === 'text')) {
    faults.push('two text parts in a row');
  }
  return faults;
}
