import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { sampleHistory } from '../../store/sample-history.ts';
import { countSamples, findSamples, readSamples, sampleIdsOfItem } from '../../store/samples.ts';
import { draftAnswer } from './draft.ts';
import { createSample, duplicateSample, moveSample, updateSamples } from './edit-samples.ts';
import { addTurn, duplicateTurn, moveTurn, removeTurn, writeTurn } from './edit-turns.ts';
import { checkExport, startExport } from './export-file.ts';
import { startImport } from './import-file.ts';
import { sampleQuery, summarise } from './list-samples.ts';
import { readSample, sampleOfRow } from './read-samples.ts';
import { referencesOf } from './references.ts';
import { scopeOf } from './scope.ts';
import { setSampleItems } from './set-items.ts';
import { deleteTemplate, listTemplates, saveTemplate } from './templates.ts';

export function conversationsFeature(
  context: AppContext,
): Feature<FeatureCommands<'conversations'>> {
  const { projects, now } = context;
  const store = () => projects.current.store;
  const read = (sampleId: number) => readSample(projects.current, sampleId);
  return {
    handlers: {
      'conversations.ofItem': ({ itemId }) =>
        readSamples(store(), sampleIdsOfItem(store(), itemId)).map(sampleOfRow),
      'conversations.read': ({ sampleId }) => read(sampleId),
      'conversations.history': ({ sampleId }) =>
        sampleHistory(store(), sampleId, scopeOf(read(sampleId).items), 100),
      'conversations.list': ({ filter, ...page }) => {
        const query = sampleQuery(filter);
        const ids = findSamples(store(), query, page);
        return { total: countSamples(store(), query), samples: summarise(store(), ids) };
      },
      'conversations.ids': ({ filter }) => findSamples(store(), sampleQuery(filter)),
      'conversations.create': (sample) => read(createSample(store(), now, sample)),
      'conversations.duplicate': ({ sampleId }) => read(duplicateSample(store(), now, sampleId)),
      'conversations.update': ({ sampleIds, ...facts }) => {
        updateSamples(store(), sampleIds, labelOf(facts), facts);
        return null;
      },
      'conversations.setItems': ({ sampleId, items }) => {
        setSampleItems(store(), sampleId, items);
        return null;
      },
      'conversations.move': ({ sampleId, beforeId }) => {
        moveSample(store(), sampleId, beforeId);
        return null;
      },
      'conversations.trash': ({ sampleIds }) => {
        updateSamples(store(), sampleIds, 'Delete samples', { trashedMs: now() });
        return null;
      },
      'conversations.restore': ({ sampleIds }) => {
        updateSamples(store(), sampleIds, 'Restore samples', { trashedMs: null });
        return null;
      },
      ...turnHandlers(store),
      'conversations.references': ({ itemIds }) => referencesOf(store(), itemIds),
      'conversations.templates': () => listTemplates(store()),
      'conversations.saveTemplate': (template) => saveTemplate(store(), template),
      'conversations.deleteTemplate': ({ id }) => {
        deleteTemplate(store(), id);
        return null;
      },
      'conversations.draft': (request, { signal, part }) =>
        draftAnswer(context, request, { signal, part }),
      'conversations.importFile': ({ path }) => ({ jobId: startImport(context, path) }),
      'conversations.exportCheck': (wish) => checkExport(context, wish),
      'conversations.exportFile': (wish) => ({ jobId: startExport(context, wish) }),
    },
  };
}

type Store = ReturnType<() => AppContext['projects']['current']['store']>;

function turnHandlers(store: () => Store) {
  return {
    'conversations.addTurn': ({ sampleId, index, turn }) => ({
      turnId: addTurn(store(), sampleId, index, turn),
    }),
    'conversations.writeTurn': ({ turnId, burst, ...facts }) => {
      writeTurn(store(), turnId, facts, burst);
      return null;
    },
    'conversations.moveTurn': ({ turnId, index }) => {
      moveTurn(store(), turnId, index);
      return null;
    },
    'conversations.duplicateTurn': ({ turnId }) => ({ turnId: duplicateTurn(store(), turnId) }),
    'conversations.removeTurn': ({ turnId }) => {
      removeTurn(store(), turnId);
      return null;
    },
  } satisfies Partial<Feature<FeatureCommands<'conversations'>>['handlers']>;
}

function labelOf(facts: {
  readonly kind?: unknown;
  readonly status?: string | undefined;
  readonly rating?: unknown;
}): string {
  if (facts.status !== undefined) return `Mark as ${facts.status}`;
  if (facts.rating !== undefined) return 'Rate samples';
  return facts.kind === undefined ? 'Notes' : 'Change kind';
}
