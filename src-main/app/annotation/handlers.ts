import { LensmithError } from '../../base/errors.ts';
import type { Geometry } from '../../ipc/contract/shapes.ts';
import {
  deleteLabel,
  findLabelByName,
  hasLabel,
  insertLabel,
  listLabels,
  orderLabels,
  updateLabel,
} from '../../store/labels.ts';
import type { LabelFacts } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import {
  insertShapes,
  requireOnItem,
  shapesOfItem,
  stackShapes,
  updateShape,
} from '../../store/shapes.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';

export function annotationFeature({
  projects,
}: AppContext): Feature<FeatureCommands<'annotation'>> {
  const store = (): ProjectStore => projects.current.store;
  return {
    handlers: {
      'annotation.shapes': ({ itemId }) => shapesOfItem(store(), itemId),
      'annotation.create': ({ itemId, shapes, act }) => {
        requireItem(store(), itemId);
        for (const { geometry, labelId } of shapes) requireSound(store(), geometry, labelId);
        return store().journal.edit(scopeOf(itemId), act, (edit) =>
          insertShapes(store(), edit, itemId, shapes),
        );
      },
      'annotation.change': ({ itemId, changes, act }) => {
        requireOnItem(
          store(),
          itemId,
          changes.map(({ id }) => id),
        );
        for (const { geometry, labelId } of changes) requireSound(store(), geometry, labelId);
        store().journal.edit(scopeOf(itemId), act, (edit) => {
          for (const change of changes) updateShape(edit, change);
        });
        return null;
      },
      'annotation.remove': ({ itemId, ids }) => {
        requireOnItem(store(), itemId, ids);
        const label = ids.length === 1 ? 'Delete mark' : `Delete ${ids.length} marks`;
        store().journal.edit(scopeOf(itemId), label, (edit) => {
          for (const id of new Set(ids)) edit.delete('shapes', id);
        });
        return null;
      },
      'annotation.stack': ({ itemId, ids, move }) => {
        requireOnItem(store(), itemId, ids);
        store().journal.edit(scopeOf(itemId), stackingWords[move], (edit) =>
          stackShapes(store(), edit, itemId, ids, move),
        );
        return null;
      },
      ...labelHandlers(store),
    },
  };
}

type LabelCommand = Extract<FeatureCommands<'annotation'>, `${string}abel${string}`>;

function labelHandlers(store: () => ProjectStore): Feature<LabelCommand>['handlers'] {
  return {
    'annotation.labels': () => listLabels(store()),
    'annotation.createLabel': (facts) => {
      requireFreeName(store(), facts.name, null);
      return store().journal.edit('library', `Add label ${facts.name}`, (edit) =>
        insertLabel(store(), edit, facts),
      );
    },
    'annotation.changeLabel': ({ id, ...facts }) => {
      if (facts.name !== undefined) requireFreeName(store(), facts.name, id);
      store().journal.edit('library', 'Change label', (edit) =>
        updateLabel(edit, id, facts as Partial<LabelFacts>),
      );
      return null;
    },
    'annotation.removeLabel': ({ id, replacement }) => {
      if (replacement !== null) requireLabel(store(), replacement);
      store().journal.edit('library', 'Delete label', (edit) =>
        deleteLabel(store(), edit, id, replacement),
      );
      return null;
    },
    'annotation.orderLabels': ({ ids }) => {
      store().journal.edit('library', 'Order labels', (edit) => orderLabels(edit, ids));
      return null;
    },
  };
}

const stackingWords = {
  front: 'Bring to front',
  forward: 'Bring forward',
  backward: 'Send backward',
  back: 'Send to back',
} as const;

function scopeOf(itemId: number): string {
  return `item:${itemId}`;
}

function requireItem(store: ProjectStore, itemId: number): void {
  if (store.get('SELECT 1 FROM items WHERE id = ?', itemId) !== undefined) return;
  throw new LensmithError('annotation/no-item', 'This picture is no longer in the project.', {
    got: `item ${itemId}`,
  });
}

function requireLabel(store: ProjectStore, id: number): void {
  if (hasLabel(store, id)) return;
  throw new LensmithError('annotation/no-label', 'This label was deleted meanwhile.', {
    got: `label ${id}`,
    hint: 'Choose another label.',
  });
}

function requireFreeName(store: ProjectStore, name: string, own: number | null): void {
  const other = findLabelByName(store, name);
  if (other === null || other === own) return;
  throw new LensmithError('annotation/label-exists', `There is a label “${name}” already.`, {
    hint: 'Use that one, or choose another name.',
  });
}

/** What no schema can say of a mark. */
function requireSound(
  store: ProjectStore,
  geometry: Geometry | undefined,
  labelId: number | null | undefined,
): void {
  if (labelId !== undefined && labelId !== null) requireLabel(store, labelId);
  if (geometry?.kind !== 'mask') return;
  const pixels = geometry.counts.reduce((sum, count) => sum + count, 0);
  if (pixels === geometry.width * geometry.height) return;
  throw new LensmithError('annotation/bad-mask', 'The run lengths of a mask do not fill its box.', {
    expected: `${geometry.width} × ${geometry.height} pixels`,
    got: `${pixels}`,
  });
}
