/**
 * MOTChallenge's ground truth, which trackers and their evaluation read: a line for each box of each
 * frame, `frame,id,left,top,width,height,active,class,visibility`, frames and ids from 1. Names of
 * classes are no part of it: they stand in comments here, `# class 1: car`, and are numbers without.
 * @source arXiv:1603.00831, §4
 */
import { boxAt } from '../../../ipc/contract/track-box.ts';
import { RecordFault } from '../../../formats/datasets/dataset-format.ts';
import { secondsOf } from './video-marks-format.ts';
import type {
  FrameTimes,
  TrackBoxMark,
  TrackMark,
  VideoMarksFormat,
} from './video-marks-format.ts';

const boxLine = /^\d+(\s*,\s*-?[\d.eE+-]+){5,9}$/;
const classLine = /^#\s*class\s+(\d+):\s*(.*)$/u;
/** Half of what is in view counts as hidden, and is written for what is hidden. */
const hiddenVisibility = 0.5;

export const mot: VideoMarksFormat = {
  id: 'mot',
  extension: 'txt',
  holds: ['tracks'],
  sniff(text) {
    const lines = text.split('\n', 100).filter((line) => line.trim() !== '' && !/^#/.test(line));
    return lines.length > 0 && lines.every((line) => boxLine.test(line.trim()));
  },
  read: (text, video) => ({ segments: [], moments: [], tracks: readTracks(text, video) }),
  write({ tracks }, video) {
    const classes = [...new Set(tracks.map(({ label }) => label))];
    const lines = tracks.flatMap((track, at) =>
      linesOf(track, at + 1, classes.indexOf(track.label) + 1, video),
    );
    const names = classes.map((name, at) => `# class ${at + 1}: ${name.replaceAll('\n', ' ')}`);
    lines.sort((a, b) => a.frame - b.frame || a.id - b.id);
    return `${[...names, ...lines.map(({ text }) => text)].join('\n')}\n`;
  },
};

const digits = (value: number): string => String(Number(value.toFixed(3)));

function linesOf({ boxes }: TrackMark, id: number, classId: number, video: FrameTimes) {
  const first = boxes[0]?.frame ?? 0;
  return Array.from({ length: video.seconds.length - first }, (_, n) => first + n).flatMap(
    (frame) => {
      const box = boxAt(boxes, frame, secondsOf(video, frame));
      if (box === null) return [];
      const place = [box.x, box.y, box.width, box.height].map(digits);
      const visibility = box.isOccluded ? hiddenVisibility : 1;
      return [{ frame, id, text: [frame + 1, id, ...place, 1, classId, visibility].join(',') }];
    },
  );
}

interface Line {
  readonly id: number;
  readonly classId: number;
  readonly box: TrackBoxMark;
}

function readTracks(text: string, video: FrameTimes): TrackMark[] {
  const names = new Map<number, string>();
  const tracks = new Map<number, Line[]>();
  for (const [at, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    const named = classLine.exec(line);
    if (named !== null) names.set(Number(named[1]), named[2] ?? '');
    if (line === '' || line.startsWith('#')) continue;
    const read = readLine(line, at + 1, video);
    tracks.set(read.id, [...(tracks.get(read.id) ?? []), read]);
  }
  return [...tracks.values()].map((lines) => {
    const [{ classId }] = lines as [Line];
    const boxes = lines.map(({ box }) => box).toSorted((a, b) => a.frame - b.frame);
    const label = names.get(classId) ?? (classId > 0 ? String(classId) : '');
    return { label, text: '', boxes: keyframesOf(boxes, video) };
  });
}

function readLine(line: string, number: number, video: FrameTimes): Line {
  const fields = line.split(',').map(Number);
  const [frame = 0, id = 0, x = 0, y = 0, width = -1, height = -1] = fields;
  const [classId = -1, visibility = 1] = fields.slice(7);
  const isSound = fields.length >= 6 && fields.every(Number.isFinite) && Number.isInteger(frame);
  if (!isSound || width < 0 || height < 0) {
    throw new RecordFault('marks-unreadable', `Line ${number} is no box: ${line.slice(0, 200)}.`);
  }
  if (frame < 1 || frame > video.seconds.length) {
    throw new RecordFault(
      'marks-outside',
      `Line ${number} names frame ${frame}, which is not there.`,
    );
  }
  const place = { frame: frame - 1, seconds: secondsOf(video, frame - 1), x, y, width, height };
  const isOccluded = visibility <= hiddenVisibility;
  return { id, classId, box: { ...place, isOutside: false, isOccluded } };
}

/** Frames between two keyframes at most: how far on each is looked back over. */
const longestWay = 600;

/** A box a frame, as keyframes: those between which the others lie on the way. */
function keyframesOf(boxes: readonly TrackBoxMark[], video: FrameTimes): TrackBoxMark[] {
  const kept: TrackBoxMark[] = [];
  let from = 0;
  for (const [at, box] of boxes.entries()) {
    const [before, next] = [boxes[at - 1], boxes[at + 1]];
    const begins = before === undefined || before.frame + 1 < box.frame;
    const ends = next === undefined || next.frame > box.frame + 1;
    const changes = before?.isOccluded !== box.isOccluded;
    if (!begins && !ends && !changes && liesOnWay(boxes, from, at + 1)) continue;
    kept.push(box);
    from = at;
    const after = box.frame + 1;
    if (ends && after < video.seconds.length) {
      kept.push({ ...box, frame: after, seconds: secondsOf(video, after), isOutside: true });
    }
  }
  return kept;
}

/** Whether all boxes between two are where an even motion has them, within a hundredth of a pixel. */
function liesOnWay(boxes: readonly TrackBoxMark[], from: number, to: number): boolean {
  const [first, last] = [boxes[from], boxes[to]];
  if (first === undefined || last === undefined || to - from > longestWay) return false;
  return boxes.slice(from + 1, to).every((box) => {
    const expected = boxAt([first, last], box.frame, box.seconds);
    return (
      expected !== null &&
      (['x', 'y', 'width', 'height'] as const).every(
        (side) => Math.abs(expected[side] - box[side]) < 0.01,
      )
    );
  });
}
