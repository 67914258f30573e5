/** Samples of the open project, as windows see them and as models read them. */
import { LensmithError } from '../../base/errors.ts';
import type { Sample as FormatSample } from '../../formats/sample.ts';
import type { Content, Dialect, Role, Sampling } from '../../ipc/contract/content.ts';
import type { Sample, SampleKind, SampleStatus } from '../../ipc/contract/conversations.ts';
import { readSamples } from '../../store/samples.ts';
import type { SampleRow } from '../../store/samples.ts';
import type { OpenProject } from '../project/open-project.ts';
import { renderSample } from './render-sample.ts';
import { sourcesOf } from './render-sources.ts';

type Project = Pick<OpenProject, 'store' | 'folder'>;

// What is parsed here was checked by the contract when it was written.
const parse = <T>(json: string): T => JSON.parse(json) as T;

export function sampleOfRow(row: SampleRow): Sample {
  const { id, rating, notes, source, createdMs, trashedMs } = row;
  return {
    id,
    kind: row.kind as SampleKind,
    status: row.status as SampleStatus,
    rating,
    notes,
    source,
    createdMs,
    trashedMs,
    items: row.items.map(({ itemId, samplingJson }) => ({
      itemId,
      sampling: samplingJson === null ? null : parse<Sampling>(samplingJson),
    })),
    turns: row.turns.map((turn) => ({
      id: turn.id,
      role: turn.role as Role,
      content: parse<Content>(turn.contentJson),
      rejected: turn.rejectedJson === null ? null : parse<Content>(turn.rejectedJson),
    })),
  };
}

/** @throws conversations/sample-missing */
export function requireSampleRow(store: Project['store'], sampleId: number): SampleRow {
  const [row] = readSamples(store, [sampleId]);
  if (row !== undefined) return row;
  throw new LensmithError('conversations/sample-missing', 'This sample is no longer there.', {
    got: `sample ${sampleId}`,
    hint: 'It was deleted for good, or its creation was undone.',
  });
}

/** @throws conversations/sample-missing */
export function readSample({ store }: Pick<Project, 'store'>, sampleId: number): Sample {
  return sampleOfRow(requireSampleRow(store, sampleId));
}

/** A sample as models read it, or why it cannot be written so. */
export type Rendered = { readonly sampleId: number } & (
  | { readonly sample: FormatSample; readonly split: string | null }
  | { readonly error: LensmithError }
);

/** Enough at a time that queries are few, few enough that the core answers in between. */
const batchSize = 500;

/**
 * Samples in the order of the ids, a batch at a time; a sample that refers to what is not there is
 * an error of its own, and the next one follows.
 * @returns with the split of the sample's first item; ids that are gone are left out
 */
export function* renderSamples(
  project: Project,
  sampleIds: readonly number[],
  dialect: Dialect,
): Generator<Rendered[]> {
  for (let from = 0; from < sampleIds.length; from += batchSize) {
    const rows = readSamples(project.store, sampleIds.slice(from, from + batchSize));
    yield renderBatch(project, rows.map(sampleOfRow), dialect);
  }
}

function renderBatch(project: Project, samples: readonly Sample[], dialect: Dialect): Rendered[] {
  const { sources, splits } = sourcesOf(project, samples);
  return samples.map((sample): Rendered => {
    try {
      const messages = renderSample(sample, sources, dialect);
      const source = { file: project.folder, line: sample.id };
      const first = sample.items[0]?.itemId;
      return {
        sampleId: sample.id,
        sample: { id: String(sample.id), messages, source },
        split: first === undefined ? null : (splits.get(first) ?? null),
      };
    } catch (error) {
      if (error instanceof LensmithError) return { sampleId: sample.id, error };
      throw error;
    }
  });
}
