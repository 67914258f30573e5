import * as v from 'valibot';
import { command } from './command.ts';
import { sampling } from './content.ts';
import { videoEdit, videoMarks } from './video-marks.ts';

const id = v.pipe(v.number(), v.integer());
const ofItem = v.object({ itemId: id });
const seconds = v.number();

/** A video as training counts its frames; 0 is the first that is shown. */
export const clip = v.object({
  /** Base64 of little-endian float64: when each frame begins to be shown, after the first. */
  times: v.string(),
  /** Base64 of little-endian int32: frames at which decoding can begin. */
  keyframes: v.string(),
  durationSeconds: seconds,
  /** Timestamp of the first frame in the file, and where the file's own clock begins. */
  firstSeconds: seconds,
  startSeconds: seconds,
  /** All frames were decoded to count them: the container does not tell. */
  isDecoded: v.boolean(),
  variableRate: v.boolean(),
  hasAudio: v.boolean(),
  codec: v.string(),
  pixelFormat: v.nullable(v.string()),
  /** A browser with the usual codecs plays the original. */
  isPlayable: v.boolean(),
  /** The copy that every browser plays is there. */
  hasPreview: v.boolean(),
});
export type Clip = v.InferOutput<typeof clip>;

/** What of the marks no sampled frame shows. */
export const samplingAdvice = v.object({
  segmentIds: v.array(id),
  eventIds: v.array(id),
  /** Fewest evenly spread frames that would show all; null: too many to be sensible. */
  frames: v.nullable(v.number()),
  /** Slowest rate that would. */
  rate: v.nullable(v.object({ fps: v.number(), frames: v.number() })),
});
export type SamplingAdvice = v.InferOutput<typeof samplingAdvice>;

export const sampledFrame = v.object({
  frame: v.number(),
  seconds,
  /** The time that the rule asked for. */
  requestedSeconds: seconds,
});
export type SampledFrame = v.InferOutput<typeof sampledFrame>;

/** CSV holds every mark, ActivityNet's JSON segments, MOT's ground truth tracks. */
export const markFileFormat = v.picklist(['csv', 'activitynet', 'mot']);
export type MarkFileFormat = v.InferOutput<typeof markFileFormat>;

const markCounts = v.object({ segments: v.number(), moments: v.number(), tracks: v.number() });
export type MarkCounts = v.InferOutput<typeof markCounts>;

const filePath = v.pipe(v.string(), v.minLength(1), v.maxLength(32_768));

export const videoCommands = {
  'video.clip': command(ofItem, clip),
  /** Makes the copy that every browser plays. @returns the job; null where the copy is there */
  'video.makePreview': command(ofItem, v.object({ jobId: v.nullable(v.string()) })),
  /** How loud it is from its first frame on; null: it has no sound. */
  'video.waveform': command(
    ofItem,
    v.nullable(
      v.object({
        peaksPerSecond: v.number(),
        /** Base64 of bytes, 0 … 255. */
        peaks: v.string(),
      }),
    ),
  ),
  /** Frames that a model gets of it, in their order; null: as conversations that say nothing. */
  'video.sampling': command(
    v.object({ itemId: id, sampling }),
    v.object({ frames: v.array(sampledFrame), advice: samplingAdvice }),
  ),
  /** How the conversations about this video have its frames taken, each way once. */
  'video.samplings': command(ofItem, v.array(v.object({ sampling, sampleIds: v.array(id) }))),
  /** Has every conversation about it take its frames this way. @returns how many were changed */
  'video.useSampling': command(
    v.object({ itemId: id, sampling }),
    v.object({ changed: v.number() }),
  ),

  'video.marks': command(ofItem, videoMarks),
  'video.exportMarks': command(
    v.object({ itemId: id, format: markFileFormat, path: filePath }),
    v.object({ written: markCounts, leftOut: markCounts }),
  ),
  /** Adds to what is there, as one act; the format is told by the contents. @returns what was added */
  'video.importMarks': command(v.object({ itemId: id, path: filePath }), markCounts),
  /** All of it as one act of undo. @returns for each edit the id of what it added, else null */
  'video.edit': command(
    v.object({
      itemId: id,
      edits: v.pipe(v.array(videoEdit), v.minLength(1), v.maxLength(10_000)),
      /** What the act was, as the undo menu says it: "Split segment". */
      act: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
    }),
    v.array(v.nullable(id)),
  ),
};
