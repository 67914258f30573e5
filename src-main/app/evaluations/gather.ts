/** From what the data holds to rows: pictures of the project, and the slices a sample is in. */
import { relative, resolve } from 'node:path';
import type { EvaluationMedia, Slice } from '../../ipc/contract/evaluations.ts';
import { itemIdsByPath, labelsOfItems, tagsOfItems } from '../../store/item-words.ts';
import { readSampleMedia } from '../../store/sample-media.ts';
import { readSamples } from '../../store/samples.ts';
import type { SampleRow } from '../../store/samples.ts';
import type { OpenProject } from '../project/open-project.ts';
import type { EvaluationDataSample } from './data-task.ts';
import type { SampleFacts } from './records.ts';

interface Known {
  readonly rows: ReadonlyMap<number, SampleRow>;
  readonly media: ReadonlyMap<number, EvaluationMedia>;
  readonly labels: ReadonlyMap<number, readonly string[]>;
  readonly tags: ReadonlyMap<number, readonly string[]>;
  readonly byPath: ReadonlyMap<string, number>;
}

/** @param isOfProject the data was written from samples of this project: keys are their ids */
export function gatherSamples(
  project: OpenProject,
  samples: readonly EvaluationDataSample[],
  isOfProject: boolean,
): SampleFacts[] {
  const known = lookUp(project, samples, isOfProject);
  return samples.map((sample) => {
    const row = known.rows.get(Number(sample.key));
    const itemIds =
      row?.items.map(({ itemId }) => itemId) ??
      sample.media.flatMap((path) => known.byPath.get(path) ?? []);
    const { key, questions, references, media, hasVideo } = sample;
    return {
      ...{ key, questions, references, media, hasVideo },
      sampleId: row?.id ?? null,
      items: itemIds.flatMap((id) => known.media.get(id) ?? []),
      slices: slicesFor(sample, row, itemIds, known),
    };
  });
}

function lookUp(
  project: OpenProject,
  samples: readonly EvaluationDataSample[],
  isOfProject: boolean,
): Known {
  const { store, folder } = project;
  const ids = isOfProject ? samples.map(({ key }) => Number(key)) : [];
  const rows = new Map(readSamples(store, ids).map((row) => [row.id, row]));
  const paths = isOfProject ? [] : samples.flatMap(({ media }) => media);
  const stored = itemIdsByPath(store, [
    ...paths,
    ...paths.map((path) => relative(folder, path).replaceAll('\\', '/')),
  ]);
  const byPath = new Map([...stored].map(([path, id]) => [resolve(folder, path), id]));
  const itemIds = [
    ...new Set([
      ...[...rows.values()].flatMap(({ items }) => items.map(({ itemId }) => itemId)),
      ...byPath.values(),
    ]),
  ];
  const media = readSampleMedia(store, itemIds).map(
    ({ id, hash, kind, name }) => [id, { id, hash, kind, name }] as const,
  );
  return {
    rows,
    byPath,
    media: new Map(media),
    labels: labelsOfItems(store, itemIds),
    tags: tagsOfItems(store, itemIds),
  };
}

function slicesFor(
  { media, hasVideo, seen }: EvaluationDataSample,
  row: SampleRow | undefined,
  itemIds: readonly number[],
  known: Known,
): Slice[] {
  const names = (of: ReadonlyMap<number, readonly string[]>): Set<string> =>
    new Set(itemIds.flatMap((id) => of.get(id) ?? []));
  const pictures = media.length === 0 ? 'none' : media.length === 1 ? 'image' : 'images';
  return [
    { group: 'media', name: hasVideo ? 'video' : pictures },
    ...(row === undefined
      ? []
      : ([
          { group: 'kind', name: row.kind },
          { group: 'source', name: row.source },
          { group: 'status', name: row.status },
        ] as const)),
    ...[...names(known.labels)].map((name) => ({ group: 'label' as const, name })),
    ...[...names(known.tags)].map((name) => ({ group: 'tag' as const, name })),
    ...(seen === null ? [] : [{ group: 'seen' as const, name: seen }]),
  ];
}
