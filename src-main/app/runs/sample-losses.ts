/** How the losses of single samples went over a run: which were learnt, and which never. */
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { RunSampleLoss } from '../../ipc/contract/runs.ts';
import { readSampleMedia } from '../../store/sample-media.ts';
import { readSamples } from '../../store/samples.ts';
import { parseSampleLossLine, sampleLogPath } from '../../training/sample-log.ts';
import type { SampleLossLine } from '../../training/sample-log.ts';
import { turnText } from '../datasets/sample-rows.ts';
import type { OpenProject } from '../project/open-project.ts';

type Side = SampleLossLine['side'];

interface History {
  readonly id: string;
  readonly side: Side;
  readonly points: { readonly step: number; readonly loss: number }[];
}

/** Points that a small curve can show. */
const shownPoints = 60;
/** From this share of its first loss on, a sample counts as one that did not learn. */
const stayedFrom = 0.75;
const roseFrom = 1.1;

/** Worst first: those that rose or stayed high, by their last loss; others behind them. */
export async function readSampleLosses(
  project: OpenProject,
  folder: string,
  limit: number,
): Promise<{ readonly known: number; readonly samples: RunSampleLoss[] }> {
  const histories = await readHistories(folder);
  const judged = judge(histories).sort(
    (a, b) => Number(a.verdict === 'learnt') - Number(b.verdict === 'learnt') || b.last - a.last,
  );
  const shown = judged.slice(0, limit);
  const rows = new Map(
    readSamples(
      project.store,
      shown.map(({ key }) => Number(key)),
    ).map((row) => [row.id, row]),
  );
  const firstItems = [...rows.values()].flatMap(({ items }) => items[0]?.itemId ?? []);
  const media = new Map(readSampleMedia(project.store, firstItems).map((row) => [row.id, row]));
  return {
    known: judged.length,
    samples: shown.map((one) => {
      const row = rows.get(Number(one.key));
      const item = media.get(row?.items[0]?.itemId ?? -1);
      return {
        ...one,
        sampleId: row?.id ?? null,
        itemId: item?.id ?? null,
        itemHash: item?.hash ?? null,
        question: row === undefined ? '' : turnText(row, 'user', 0),
        answer: row === undefined ? '' : turnText(row, 'assistant', 0),
      };
    }),
  };
}

async function readHistories(folder: string): Promise<History[]> {
  const known = new Map<string, History>();
  const stream = createReadStream(sampleLogPath(join(folder, 'log.jsonl')), 'utf8');
  try {
    for await (const row of createInterface({ input: stream })) {
      const line = parseSampleLossLine(row);
      if (line === null) continue;
      for (const [id, loss] of line.losses) {
        const key = `${line.side} ${id}`;
        const history = known.get(key) ?? { id, side: line.side, points: [] };
        history.points.push({ step: line.step, loss });
        known.set(key, history);
      }
    }
  } catch (error) {
    // A run that has no step yet, or one of an earlier version, has no such file.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return [...known.values()];
}

type Judged = Pick<
  RunSampleLoss,
  'key' | 'side' | 'first' | 'last' | 'best' | 'verdict' | 'points'
>;

/** A sample that was met once only cannot be judged. */
function judge(histories: readonly History[]): Judged[] {
  const met = histories.filter(({ points }) => points.length > 1);
  const lastOf = ({ points }: History): number => points.at(-1)?.loss ?? 0;
  const medians = new Map<Side, number>();
  for (const side of ['train', 'held-out'] as const) {
    const lasts = met.filter((one) => one.side === side).map(lastOf);
    medians.set(side, lasts.sort((a, b) => a - b)[Math.floor(lasts.length / 2)] ?? 0);
  }
  return met.map((one) => {
    const first = one.points[0]?.loss ?? 0;
    const last = lastOf(one);
    return {
      key: one.id,
      side: one.side,
      first,
      last,
      best: Math.min(...one.points.map(({ loss }) => loss)),
      verdict: verdictOf(first, last, medians.get(one.side) ?? 0),
      points: thinned(one.points),
    };
  });
}

/** What was known from the start stays low and is no failure, so the others are the measure. */
function verdictOf(first: number, last: number, median: number): RunSampleLoss['verdict'] {
  if (last <= median) return 'learnt';
  if (last >= roseFrom * first) return 'rose';
  return last >= stayedFrom * first ? 'stayed' : 'learnt';
}

function thinned<T>(points: readonly T[]): T[] {
  if (points.length <= shownPoints) return [...points];
  const every = (points.length - 1) / (shownPoints - 1);
  return Array.from({ length: shownPoints }, (_, i) => points[Math.round(i * every)] as T);
}
