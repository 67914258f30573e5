/**
 * A table of all marks, for spreadsheets and scripts: a row for each segment, moment and keyframe of a
 * track (RFC 4180). Columns: kind, track, label, text, start_frame, end_frame, start_s, end_s, x, y,
 * width, height, state (outside, occluded). `end_frame` is the first frame that is no longer in it.
 */
import { RecordFault } from '../../../formats/datasets/dataset-format.ts';
import { secondsOf, stretchOf } from './video-marks-format.ts';
import type {
  FrameTimes,
  MomentMark,
  SegmentMark,
  TrackBoxMark,
  TrackMark,
  VideoMarksFile,
  VideoMarksFormat,
} from './video-marks-format.ts';

const columns = [
  ...['kind', 'track', 'label', 'text', 'start_frame', 'end_frame', 'start_s', 'end_s'],
  ...['x', 'y', 'width', 'height', 'state'],
] as const;

type Cells = Readonly<Record<string, string>>;

export const csv: VideoMarksFormat = {
  id: 'csv',
  extension: 'csv',
  holds: ['segments', 'moments', 'tracks'],
  sniff: (text) => /^\uFEFF?kind,/.test(text),
  read: readTable,
  write({ segments, moments, tracks }) {
    const rows = [
      ...segments.map((one) => [
        ...['segment', '', one.label, one.text],
        ...[one.startFrame, one.endFrame, one.startSeconds, one.endSeconds],
      ]),
      ...moments.map((one) => ['moment', '', one.label, one.text, one.frame, '', one.seconds]),
      ...tracks.flatMap(({ label, text, boxes }, at) =>
        boxes.map((box) => [
          ...['box', at + 1, label, text, box.frame, '', box.seconds, ''],
          ...[box.x, box.y, box.width, box.height, stateOf(box)],
        ]),
      ),
    ];
    return [columns, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
  },
};

const stateOf = ({ isOutside, isOccluded }: TrackBoxMark): string =>
  [isOutside ? 'outside' : '', isOccluded ? 'occluded' : ''].filter((one) => one !== '').join(' ');

/** Quoted where it must be. */
function cell(value: string | number): string {
  const text = typeof value === 'number' ? String(Number(value.toFixed(6))) : value;
  return /[",\r\n]|^\s|\s$/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function readTable(text: string, video: FrameTimes): VideoMarksFile {
  const [names = [], ...rows] = rowsOf(text.replace(/^\uFEFF/, ''));
  const segments: SegmentMark[] = [];
  const moments: MomentMark[] = [];
  const tracks = new Map<string, { label: string; text: string; boxes: TrackBoxMark[] }>();
  for (const [at, values] of rows.entries()) {
    if (values.every((value) => value === '')) continue;
    const cells: Cells = Object.fromEntries(names.map((name, n) => [name, values[n] ?? '']));
    const row = new RowReader(cells, at + 2, video);
    const said = { label: cells['label'] ?? '', text: cells['text'] ?? '' };
    if (cells['kind'] === 'segment') segments.push({ ...row.stretch(), ...said });
    else if (cells['kind'] === 'moment') moments.push({ ...row.moment(), ...said });
    else if (cells['kind'] === 'box') {
      const key = cells['track'] ?? '';
      const track = tracks.get(key) ?? { ...said, boxes: [] };
      tracks.set(key, track);
      track.boxes.push(row.box());
    } else row.refuse('no kind of mark');
  }
  const inOrder = (track: TrackMark): TrackMark => ({
    ...track,
    boxes: track.boxes.toSorted((a, b) => a.frame - b.frame),
  });
  return { segments, moments, tracks: [...tracks.values()].map(inOrder) };
}

class RowReader {
  readonly #cells: Cells;
  readonly #line: number;
  readonly #video: FrameTimes;

  constructor(cells: Cells, line: number, video: FrameTimes) {
    this.#cells = cells;
    this.#line = line;
    this.#video = video;
  }

  refuse(what: string): never {
    throw new RecordFault('marks-unreadable', `Row ${this.#line}: ${what}.`);
  }

  #number(name: string): number {
    const text = this.#cells[name] ?? '';
    const value = Number(text);
    return text.trim() === '' || !Number.isFinite(value)
      ? this.refuse(`no number in ${name}`)
      : value;
  }

  #frame(): number {
    const frame = this.#number('start_frame');
    const isThere = Number.isInteger(frame) && frame >= 0 && frame < this.#video.seconds.length;
    return isThere ? frame : this.refuse(`frame ${frame} is not there`);
  }

  stretch(): Pick<SegmentMark, 'startFrame' | 'endFrame' | 'startSeconds' | 'endSeconds'> {
    const end = this.#number('end_frame');
    return stretchOf(this.#video, this.#frame(), end) ?? this.refuse('it ends before it begins');
  }

  moment(): Pick<MomentMark, 'frame' | 'seconds'> {
    const frame = this.#frame();
    return { frame, seconds: secondsOf(this.#video, frame) };
  }

  box(): TrackBoxMark {
    const [x, y] = [this.#number('x'), this.#number('y')];
    const [width, height] = [this.#number('width'), this.#number('height')];
    if (width < 0 || height < 0) this.refuse('a side is below 0');
    const state = this.#cells['state'] ?? '';
    return {
      ...this.moment(),
      ...{ x, y, width, height },
      isOutside: state.includes('outside'),
      isOccluded: state.includes('occluded'),
    };
  }
}

/** Rows of RFC 4180: quoted cells may hold commas, line ends and doubled quotation marks. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cellPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/gy;
  for (;;) {
    const found = cellPattern.exec(text);
    if (found === null) {
      throw new RecordFault(
        'marks-unreadable',
        `Row ${rows.length + 1}: a quotation mark is amiss.`,
      );
    }
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
    if (cellPattern.lastIndex >= text.length) return rows;
  }
}
