/** Preference pairs of samples: the answer that was chosen and the one that was not. */
import { LensmithError } from '../../base/errors.ts';
import type { PreferencePair } from '../../formats/datasets/preferences.ts';
import type { Message } from '../../formats/sample.ts';
import type { Dialect } from '../../ipc/contract/content.ts';
import type { Sample } from '../../ipc/contract/conversations.ts';
import { readSamples } from '../../store/samples.ts';
import type { OpenProject } from '../project/open-project.ts';
import { sampleOfRow } from './read-samples.ts';
import { isFilled, renderSample } from './render-sample.ts';
import type { RenderSources } from './render-sample.ts';
import { sourcesOf } from './render-sources.ts';

/** A pair as trainers read it, or why a sample gives none. */
export type RenderedPair = { readonly sampleId: number } & (
  { readonly pair: PreferencePair } | { readonly error: LensmithError } | { readonly none: true }
);

/**
 * All pairs of one batch of samples, each with the conversation up to it: of a sample with three
 * pairs there are three. A sample without any, or with one that cannot be written, is told.
 */
export function renderPairs(
  project: Pick<OpenProject, 'store' | 'folder'>,
  sampleIds: readonly number[],
  dialect: Dialect,
): RenderedPair[] {
  const samples = readSamples(project.store, sampleIds).map(sampleOfRow);
  const { sources } = sourcesOf(project, samples);
  return samples.flatMap((sample): RenderedPair[] => {
    const { id: sampleId } = sample;
    try {
      const pairs = pairsOf(sample, sources, dialect, project.folder);
      return pairs.length === 0
        ? [{ sampleId, none: true }]
        : pairs.map((pair) => ({ sampleId, pair }));
    } catch (error) {
      if (error instanceof LensmithError) return [{ sampleId, error }];
      throw error;
    }
  });
}

/** @throws what renderSample throws */
function pairsOf(
  sample: Sample,
  sources: RenderSources,
  dialect: Dialect,
  file: string,
): PreferencePair[] {
  const { id, items, turns } = sample;
  const pairs = turns.flatMap(({ role, content, rejected }, index) => {
    const isPair = role === 'assistant' && rejected !== null;
    if (!isPair || !isFilled({ content }) || !isFilled({ content: rejected })) return [];
    const upTo = (answer: typeof content): Message[] =>
      renderSample(
        { items, turns: [...turns.slice(0, index), { role, content: answer }] },
        sources,
        dialect,
      );
    return [{ messages: upTo(content), rejected: upTo(rejected).at(-1)?.content ?? [] }];
  });
  return pairs.map((pair, n) => ({
    ...pair,
    id: pairs.length === 1 ? String(id) : `${id}-${n + 1}`,
    source: { file, line: id },
  }));
}
