/**
 * ActivityNet's annotations, which tools for temporal localisation read (THUMOS and HACS use the form):
 * `{"version", "database": {"clip": {"duration", "annotations": [{"segment": [from, to], "label"}]}}}`,
 * times in seconds.
 * @source http://activity-net.org/download.html
 */
import { RecordFault } from '../../../formats/datasets/dataset-format.ts';
import { frameAt, stretchOf } from './video-marks-format.ts';
import type { FrameTimes, SegmentMark, VideoMarksFormat } from './video-marks-format.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const rounded = (seconds: number): number => Number(seconds.toFixed(6));

export const activitynet: VideoMarksFormat = {
  id: 'activitynet',
  extension: 'json',
  holds: ['segments'],
  sniff: (text) => /^\s*\{/.test(text) && text.includes('"database"'),
  read(text, video) {
    const annotations = annotationsOf(text, video.name);
    return { segments: annotations.map((one) => segmentOf(one, video)), moments: [], tracks: [] };
  },
  write({ segments }, { name, durationSeconds }) {
    const annotations = segments.map(({ label, text, startSeconds, endSeconds }) => ({
      segment: [rounded(startSeconds), rounded(endSeconds)],
      label,
      ...(text === '' ? {} : { text }),
    }));
    const clip = { duration: rounded(durationSeconds), subset: 'training', annotations };
    const file = { version: 'VERSION 1.3', database: { [stemOf(name)]: clip } };
    return `${JSON.stringify(file, null, 2)}\n`;
  },
};

const stemOf = (name: string): string => name.replace(/\.[^.]+$/, '');

/** Those of the video by its name; of a file about one video, that one's. */
function annotationsOf(text: string, name: string): readonly unknown[] {
  let file: unknown;
  try {
    file = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new RecordFault('marks-unreadable', `It is no JSON: ${(error as Error).message}`);
  }
  const database = isObject(file) ? file['database'] : undefined;
  if (!isObject(database)) {
    throw new RecordFault('marks-unreadable', 'The file has no "database" of videos.');
  }
  const clips = Object.entries(database);
  const own = clips.find(([key]) => stemOf(key) === stemOf(name) || key === `v_${stemOf(name)}`);
  const clip = own?.[1] ?? (clips.length === 1 ? clips[0]?.[1] : undefined);
  if (clip === undefined) {
    throw new RecordFault('marks-other-video', `The file says nothing of ${name}.`);
  }
  const annotations = isObject(clip) ? clip['annotations'] : undefined;
  if (Array.isArray(annotations)) return annotations as readonly unknown[];
  throw new RecordFault('marks-unreadable', 'The video has no list of annotations.');
}

function segmentOf(annotation: unknown, video: FrameTimes): SegmentMark {
  const given: Json = isObject(annotation) ? annotation : {};
  const [from, to] = Array.isArray(given['segment']) ? (given['segment'] as unknown[]) : [];
  const isSound = typeof from === 'number' && typeof to === 'number' && to > from && from >= 0;
  const start = isSound ? frameAt(video, from) : -1;
  // A stretch that ends when a frame begins does not hold that frame.
  const last = isSound ? frameAt(video, Math.min(to, video.durationSeconds)) : -1;
  const endsWithin = isSound && to > (video.seconds[last] ?? 0) + 1e-6;
  const stretch = stretchOf(video, start, Math.max(start + 1, endsWithin ? last + 1 : last));
  if (stretch === null || (isSound && from >= video.durationSeconds)) {
    throw new RecordFault('marks-outside', `A segment lies outside the video: ${shown(given)}.`);
  }
  const { label, text } = given;
  return {
    ...stretch,
    label: typeof label === 'string' ? label : '',
    text: typeof text === 'string' ? text : '',
  };
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? '').slice(0, 200);
