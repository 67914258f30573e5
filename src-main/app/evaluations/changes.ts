/** What has become of the samples of an evaluation since it read them. */
import type { DataChanges } from '../../ipc/contract/evaluations.ts';
import { readDataset } from '../../store/datasets.ts';
import { renderSamples } from '../conversations/read-samples.ts';
import { datasetOf } from '../datasets/handlers.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { EvaluationFacts, SampleRecord } from './records.ts';
import { isSameWords, wordsOf } from './sample-words.ts';

/** Positions of samples that read otherwise now, or are no longer there. */
export function changesOf(
  project: OpenProject,
  { dataset }: EvaluationFacts,
  samples: readonly SampleRecord[],
): DataChanges {
  if (dataset === null) return { changed: [], gone: [], isDatasetAnother: null };
  const ids = samples.flatMap(({ facts }) => facts.sampleId ?? []);
  const now = new Map<number, ReturnType<typeof wordsOf> | null>();
  for (const batch of renderSamples(project, ids, dataset.settings.dialect)) {
    for (const one of batch) now.set(one.sampleId, 'sample' in one ? wordsOf(one.sample) : null);
  }
  const changed: number[] = [];
  const gone: number[] = [];
  for (const { position, facts } of samples) {
    if (facts.sampleId === null) continue;
    const words = now.get(facts.sampleId);
    if (words === undefined) gone.push(position);
    else if (words === null || !isSameWords(words, facts)) changed.push(position);
  }
  return { changed, gone, isDatasetAnother: isAnother(project, dataset) };
}

function isAnother(
  { store }: OpenProject,
  { id, filter, settings }: NonNullable<EvaluationFacts['dataset']>,
): boolean | null {
  const row = id === null ? undefined : readDataset(store, id);
  if (row === undefined) return null;
  const now = datasetOf(row);
  return now.filter !== filter || JSON.stringify(now.settings) !== JSON.stringify(settings);
}
