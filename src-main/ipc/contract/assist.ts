import * as v from 'valibot';
import { command } from './command.ts';

/** `text` reads words, `boxes` proposes things, `segment` draws the outline of what is pointed at. */
export const assistantKind = v.picklist(['text', 'boxes', 'segment']);
export type AssistantKind = v.InferOutput<typeof assistantKind>;

export const assistant = v.object({
  id: v.string(),
  name: v.string(),
  kind: assistantKind,
  /** Shipped with the program; others were added by the person. */
  isBuiltIn: v.boolean(),
  /** Where its files are. */
  files: v.array(v.string()),
  /** Why it cannot be used now; null: it can. */
  problem: v.nullable(v.string()),
});
export type Assistant = v.InferOutput<typeof assistant>;

const coordinate = v.pipe(v.number(), v.finite());

/** What a person points at, in pixels of the upright original. */
export const prompt = v.variant('kind', [
  v.object({
    kind: v.literal('point'),
    x: coordinate,
    y: coordinate,
    /** false: not this. */
    isInside: v.boolean(),
  }),
  v.object({
    kind: v.literal('box'),
    x: coordinate,
    y: coordinate,
    width: coordinate,
    height: coordinate,
  }),
]);
export type Prompt = v.InferOutput<typeof prompt>;

export const assistCommands = {
  'assist.list': command(v.object({}), v.array(assistant)),
  /**
   * Adds model files of the person: for `boxes` one ONNX file, for `segment` the encoder, then the
   * decoder. They are opened once to see that they are what they should be.
   */
  'assist.add': command(
    v.object({
      name: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
      kind: v.picklist(['boxes', 'segment']),
      files: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2)),
    }),
    assistant,
  ),
  /** Takes it off the list; its files stay. */
  'assist.remove': command(v.object({ id: v.string() }), v.null()),
  /**
   * Suggests marks on a picture. They are stored as drafts, one act: nothing counts until a person
   * accepts it. @returns ids of the drafts
   */
  'assist.suggest': command(
    v.object({
      itemId: v.number(),
      assistantId: v.string(),
      /** For `segment`, at least one. */
      prompts: v.pipe(v.array(prompt), v.maxLength(100)),
      /** For what is suggested without a label of its own. */
      labelId: v.nullable(v.number()),
      /** Drafts of an answer before this one: they go in the same act. */
      replaces: v.optional(v.pipe(v.array(v.number()), v.maxLength(1000)), []),
    }),
    v.array(v.number()),
  ),
};
