/** Answers of an evaluation with what was asked, so that they can be read on their own. */
import type { RunAnswer } from '../../ipc/contract/runs.ts';
import { readSampleMedia } from '../../store/sample-media.ts';
import { readSamples } from '../../store/samples.ts';
import type { SampleAnswer } from '../../training/evaluation.ts';
import { turnText } from '../datasets/sample-rows.ts';
import type { OpenProject } from '../project/open-project.ts';

/** @param answers in the trainer's order: those of one sample follow each other */
export function runAnswers(
  { store }: Pick<OpenProject, 'store'>,
  answers: readonly SampleAnswer[],
): RunAnswer[] {
  const ids = [...new Set(answers.map(({ id }) => Number(id)))];
  const samples = new Map(readSamples(store, ids).map((row) => [row.id, row]));
  const firstItems = [...samples.values()].flatMap(({ items }) => items[0]?.itemId ?? []);
  const media = new Map(readSampleMedia(store, firstItems).map((row) => [row.id, row]));
  const seen = new Map<string, number>();
  return answers.map(({ id, prediction, reference }) => {
    const turn = seen.get(id) ?? 0;
    seen.set(id, turn + 1);
    const sample = samples.get(Number(id));
    const item = media.get(sample?.items[0]?.itemId ?? -1);
    return {
      sampleId: sample?.id ?? null,
      itemId: item?.id ?? null,
      itemHash: item?.hash ?? null,
      question: sample === undefined ? '' : turnText(sample, 'user', turn),
      prediction,
      reference,
    };
  });
}
