/** The one interface of models that help with annotation. */
import type { AssistantKind, Prompt } from '../../ipc/contract/assist.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import type { RgbImage } from '../../media/decode-image.ts';

/** A mark that a model proposes, in pixels of the picture it was given. */
export interface Suggestion {
  readonly geometry: Geometry;
  /** How sure the model is, 0 … 1. */
  readonly score: number;
  /** What a text reads; empty otherwise. */
  readonly text: string;
  /** The model's word for it; null where it has none. */
  readonly labelName: string | null;
}

/** A picture with a key that is equal for equal pixels, so that what was computed can be used again. */
export interface AssistImage extends RgbImage {
  readonly key: string;
}

export interface OpenAssistant {
  suggest(
    image: AssistImage,
    prompts: readonly Prompt[],
    signal: AbortSignal,
  ): Promise<readonly Suggestion[]>;
  close(): Promise<void>;
}

/** Opens an assistant's files. @throws assist/bad-model when they are not what the kind needs */
export type OpenAssistantFiles = (files: readonly string[]) => Promise<OpenAssistant>;

export type OpenersByKind = Readonly<Record<AssistantKind, OpenAssistantFiles>>;
