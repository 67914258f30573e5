import { LensmithError } from '../../base/errors.ts';
import type { NewShape } from '../../ipc/contract/shapes.ts';
import type { Edit } from '../../store/journal.ts';
import { readItem } from '../../store/items.ts';
import type { ItemRow } from '../../store/items.ts';
import { findLabelByName, hasLabel, insertLabel, listLabels } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { insertShapes, shapesOfItem } from '../../store/shapes.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { itemPath } from '../library/media-store.ts';
import type { Suggestion } from './assistant.ts';
import { Assistants } from './assistants.ts';

export function assistFeature(context: AppContext): Feature<FeatureCommands<'assist'>> {
  const { projects, workers } = context;
  const assistants = new Assistants(context.dataDir);
  return {
    handlers: {
      'assist.list': () => assistants.list(),
      'assist.add': async (facts, { signal }) => {
        const { kind, files } = facts;
        await workers.media.run('checkAssistant', { kind, files }, { signal });
        return assistants.add(facts);
      },
      'assist.remove': async ({ id }) => {
        await assistants.remove(id);
        return null;
      },
      'assist.suggest': async (asked, { signal }) => {
        const { itemId, assistantId, prompts, labelId, replaces } = asked;
        const project = projects.current;
        const { id, name, kind, files } = await assistants.find(assistantId);
        const item = requirePicture(project.store, itemId);
        const input = {
          kind,
          files,
          prompts,
          imagePath: itemPath(project, item),
          imageKey: item.hash,
        };
        const found = await workers.media.run('assist', input, { signal });
        // The person may have opened another project meanwhile.
        if (projects.currentOrNull !== project) return [];
        return project.store.journal.edit(`item:${itemId}`, `Suggest: ${name}`, (edit) => {
          edit.deleteAll('shapes', draftsAmong(project.store, itemId, replaces));
          const labels = new LabelsByName(project.store, edit, labelId);
          const drafts = found.map((one) => draftOf(one, `assistant:${id}`, labels));
          return insertShapes(project.store, edit, itemId, drafts);
        });
      },
    },
  };
}

/** Those that are drafts on this picture still. */
function draftsAmong(store: ProjectStore, itemId: number, ids: readonly number[]): number[] {
  const wanted = new Set(ids);
  return shapesOfItem(store, itemId).flatMap(({ id, isDraft }) =>
    isDraft && wanted.has(id) ? [id] : [],
  );
}

function requirePicture(store: ProjectStore, itemId: number): ItemRow {
  const item = readItem(store, itemId);
  if (item?.kind === 'image') return item;
  throw new LensmithError('assist/no-picture', 'Suggestions are made on pictures.', {
    got: item === undefined ? 'an item that is no longer there' : 'a video',
  });
}

/** Labels for the words of a model; a new word becomes a label in the same act. */
class LabelsByName {
  readonly #store: ProjectStore;
  readonly #edit: Edit;
  readonly #otherwise: number | null;

  constructor(store: ProjectStore, edit: Edit, otherwise: number | null) {
    this.#store = store;
    this.#edit = edit;
    this.#otherwise = otherwise !== null && hasLabel(store, otherwise) ? otherwise : null;
  }

  of(name: string | null): number | null {
    if (name === null) return this.#otherwise;
    const known = findLabelByName(this.#store, name);
    if (known !== null) return known;
    const color = listLabels(this.#store).length % 8;
    return insertLabel(this.#store, this.#edit, { name, color, attributes: [], skeleton: null });
  }
}

function draftOf(suggestion: Suggestion, source: string, labels: LabelsByName): NewShape {
  const { geometry, text, score, labelName } = suggestion;
  return {
    labelId: labels.of(labelName),
    geometry,
    attributes: { score: Math.round(score * 1000) / 1000 },
    isLocked: false,
    isHidden: false,
    isDraft: true,
    source,
    text,
  };
}
