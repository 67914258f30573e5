/** Marks of a video as a file that other programs read, and back. */
import { LensmithError } from '../../base/errors.ts';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { RecordFault } from '../../formats/datasets/dataset-format.ts';
import type { MarkCounts, MarkFileFormat } from '../../ipc/contract/video.ts';
import type { NewTrack } from '../../ipc/contract/video-marks.ts';
import { listLabels } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { applyVideoEdit, videoMarksOf } from '../../store/video-marks.ts';
import { LabelFinder } from '../annotation/label-finder.ts';
import { readMarkFile, requireWholePath } from '../annotation/mark-file.ts';
import { videoMarksFormats } from './mark-files/index.ts';
import type { FrameTimes, TrackMark, VideoMarksFile } from './mark-files/video-marks-format.ts';

const longestFileBytes = 64 * 1024 * 1024;

const countsOf = ({ segments, moments, tracks }: VideoMarksFile): MarkCounts => ({
  segments: segments.length,
  moments: moments.length,
  tracks: tracks.length,
});

/** @returns what was written, and what the format cannot hold */
export async function exportMarks(
  store: ProjectStore,
  itemId: number,
  video: FrameTimes,
  formatId: MarkFileFormat,
  path: string,
): Promise<{ written: MarkCounts; leftOut: MarkCounts }> {
  requireWholePath(path);
  const format = formatOf(formatId);
  const marks = marksForFile(store, itemId);
  const held = (kind: keyof VideoMarksFile): boolean => format.holds.includes(kind);
  const part = (isHeld: boolean): VideoMarksFile => ({
    segments: held('segments') === isHeld ? marks.segments : [],
    moments: held('moments') === isHeld ? marks.moments : [],
    tracks: held('tracks') === isHeld ? marks.tracks : [],
  });
  await writeFileAtomic(path, format.write(part(true), video));
  return { written: countsOf(part(true)), leftOut: countsOf(part(false)) };
}

/**
 * Adds the marks of a file to those that are there, as one act; labels that are not there are made.
 * @throws video/marks-unreadable, media/file-unreadable
 */
export async function importMarks(
  store: ProjectStore,
  itemId: number,
  video: FrameTimes,
  path: string,
): Promise<MarkCounts> {
  requireWholePath(path);
  const text = (await readMarkFile(path, longestFileBytes)).toString('utf8');
  const marks = readMarks(text, video, path);
  const counts = countsOf(marks);
  if (counts.segments + counts.moments + counts.tracks === 0) return counts;
  store.journal.edit(`item:${itemId}`, 'Import marks', (edit) => {
    const labels = new LabelFinder(store, edit);
    const saying = ({ label, text }: { readonly label: string; readonly text: string }) => ({
      ...{ labelId: labels.idOf(label), attributes: {}, text },
    });
    for (const mark of marks.segments) {
      const { startFrame, endFrame, startSeconds, endSeconds } = mark;
      const place = { startFrame, endFrame, startSeconds, endSeconds };
      const segment = { ...place, ...saying(mark) };
      applyVideoEdit(store, edit, itemId, { kind: 'add-segment', segment });
    }
    for (const mark of marks.moments) {
      const event = { frame: mark.frame, seconds: mark.seconds, ...saying(mark) };
      applyVideoEdit(store, edit, itemId, { kind: 'add-event', event });
    }
    for (const mark of marks.tracks) {
      const track = { ...trackOf(mark), ...saying(mark) };
      applyVideoEdit(store, edit, itemId, { kind: 'add-track', track });
    }
  });
  return counts;
}

const trackOf = ({ boxes }: TrackMark): Pick<NewTrack, 'keyframes' | 'isHidden' | 'isLocked'> => ({
  keyframes: [...boxes],
  isHidden: false,
  isLocked: false,
});

function marksForFile(store: ProjectStore, itemId: number): VideoMarksFile {
  const { segments, events, tracks } = videoMarksOf(store, itemId);
  const names = new Map(listLabels(store).map(({ id, name }) => [id, name]));
  const label = (labelId: number | null): string =>
    labelId === null ? '' : (names.get(labelId) ?? '');
  return {
    segments: segments.map(({ labelId, ...mark }) => ({ ...mark, label: label(labelId) })),
    moments: events.map(({ labelId, ...mark }) => ({ ...mark, label: label(labelId) })),
    tracks: tracks.map(({ labelId, keyframes, text }) => ({
      ...{ label: label(labelId), text, boxes: keyframes },
    })),
  };
}

function formatOf(id: MarkFileFormat) {
  const format = videoMarksFormats.find((one) => one.id === id);
  if (format === undefined) throw new Error(`no format ${id}`);
  return format;
}

function readMarks(text: string, video: FrameTimes, path: string): VideoMarksFile {
  const format = videoMarksFormats.find(({ sniff }) => sniff(text));
  if (format === undefined) {
    throw new LensmithError(
      'video/marks-unreadable',
      `${path} holds no marks that are known here.`,
      {
        expected: 'a table of marks (CSV), ActivityNet JSON, or MOT ground truth',
        got: JSON.stringify(text.slice(0, 60)),
        hint: 'Export marks of a video to see how such a file looks.',
      },
    );
  }
  try {
    return format.read(text, video);
  } catch (error) {
    if (!(error instanceof RecordFault)) throw error;
    throw new LensmithError('video/marks-unreadable', `${path}: ${error.message}`, {
      hint: 'Nothing was added. Mend the file, or export marks of a video to see how it should look.',
    });
  }
}
