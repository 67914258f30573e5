/** What a turn of a conversation is made of, in samples and in chats. */
import * as v from 'valibot';

const id = v.pipe(v.number(), v.integer());
const text = v.pipe(v.string(), v.maxLength(2_000_000));

export const textPart = v.object({ type: v.literal('text'), text });

/**
 * A mark on a picture, by reference: it *is* that shape and moves with it. How a model reads it
 * (normalised box, pixels, box tokens) is decided when the sample is rendered.
 */
export const regionPart = v.object({ type: v.literal('region'), shapeId: id });

/** A segment of a video's timeline, by reference: it *is* that stretch and moves with it. */
export const segmentPart = v.object({ type: v.literal('segment'), segmentId: id });

/** A point event of a video's timeline, by reference. */
export const eventPart = v.object({ type: v.literal('event'), eventId: id });

/** Where the thing that a track follows is at a moment: its box there, which moves with the track. */
export const trackPart = v.object({
  type: v.literal('track'),
  trackId: id,
  atMs: v.pipe(v.number(), v.minValue(0)),
});

/** A moment or a stretch of a video, by itself. */
export const timePart = v.object({
  type: v.literal('time'),
  itemId: id,
  fromMs: v.pipe(v.number(), v.minValue(0)),
  /** null: the moment `fromMs`. */
  toMs: v.nullable(v.pipe(v.number(), v.minValue(0))),
});

/**
 * The place of one of the sample's pictures or videos in the text. Those that no part places stand
 * before the first user turn, in their order.
 */
export const itemPart = v.object({ type: v.literal('item'), itemId: id });

export const contentPart = v.variant('type', [
  textPart,
  regionPart,
  segmentPart,
  eventPart,
  trackPart,
  timePart,
  itemPart,
]);
export type ContentPart = v.InferOutput<typeof contentPart>;

/** Parts that are a mark of a person's, and move with it. */
export type MarkPart = Extract<ContentPart, { type: 'region' | 'segment' | 'event' | 'track' }>;

export function isMarkPart(part: ContentPart): part is MarkPart {
  return part.type !== 'text' && part.type !== 'time' && part.type !== 'item';
}

export const content = v.pipe(v.array(contentPart), v.maxLength(10_000));
export type Content = v.InferOutput<typeof content>;

export const role = v.picklist(['system', 'user', 'assistant']);
export type Role = v.InferOutput<typeof role>;

/** How frames of a video are chosen; null: the model's default. */
export const sampling = v.nullable(
  v.union([
    v.object({ fps: v.pipe(v.number(), v.gtValue(0), v.maxValue(240)) }),
    v.object({ frames: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1024)) }),
    v.object({ timestampsMs: v.pipe(v.array(v.number()), v.minLength(1), v.maxLength(1024)) }),
  ]),
);
export type Sampling = v.InferOutput<typeof sampling>;

/** How references are written for a model. */
export const dialect = v.picklist([
  /** `[0.12, 0.30, 0.55, 0.80]`, left, top, right, bottom as shares of the picture (LLaVA, Shikra). */
  'normalized-box',
  /** `[57, 120, 263, 320]` in pixels of the original. */
  'pixel-box',
  /** `<box>(120,300),(550,800)</box>` in thousandths (Qwen-VL). */
  'box-tokens',
]);
export type Dialect = v.InferOutput<typeof dialect>;

/** A model to use: a folder in Hugging Face layout, and an adapter on it or none. */
export const modelRef = v.object({ dir: v.string(), adapter: v.nullable(v.string()) });
export type ModelRef = v.InferOutput<typeof modelRef>;
