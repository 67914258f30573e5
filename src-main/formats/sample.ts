/**
 * The one form of a conversation between dataset files, templates, chat,
 * training and evaluation. Plain data: it can be cloned, hashed and sent to a
 * worker. Loss is decided by role: assistant messages are learnt, others not.
 */

export type Role = 'system' | 'user' | 'assistant';

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
}

/** A picture by file (absolute path), or by its encoded bytes (PNG, JPEG, …) when the dataset embeds it. */
export type ImagePart =
  | { readonly type: 'image'; readonly path: string }
  | { readonly type: 'image'; readonly bytes: Uint8Array };

/** A clip by file (absolute path) and at most one way to choose its frames; none leaves it to the model's default. */
export interface VideoPart {
  readonly type: 'video';
  readonly path: string;
  /** Frames a second of playing time. */
  readonly fps?: number;
  /** How many frames, evenly spread. */
  readonly frames?: number;
  /** The very moments, from the start of the clip. */
  readonly timestampsMs?: readonly number[];
}

/**
 * What a message is made of. References to a region of an image or a stretch of
 * a video will be further members; a switch over `type` should therefore be
 * exhaustive, so that the compiler finds every place to extend.
 */
export type Part = TextPart | ImagePart | VideoPart;

export interface Message {
  readonly role: Role;
  readonly content: readonly Part[];
}

export interface Sample {
  /** From the file, or `FILE:LINE` where the record has none. */
  readonly id: string;
  readonly messages: readonly Message[];
  /** Where the record stands: line (from 1) of its first character. */
  readonly source: { readonly file: string; readonly line: number };
}

export type MediaPart = ImagePart | VideoPart;

export function mediaParts(sample: Pick<Sample, 'messages'>): MediaPart[] {
  return sample.messages.flatMap((message) =>
    message.content.filter((part): part is MediaPart => part.type !== 'text'),
  );
}
