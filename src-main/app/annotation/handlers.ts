import { LensmithError } from '../../base/errors.ts';
import type { ShapeChange } from '../../ipc/contract/annotation.ts';
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
import { checkMarksExport, startMarksExport } from './export-marks.ts';
import { startMarksImport } from './import-marks.ts';
import { requireSoundGeometry, requireSoundLabel } from './soundness.ts';

export function annotationFeature(context: AppContext): Feature<FeatureCommands<'annotation'>> {
  const { projects } = context;
  const store = (): ProjectStore => projects.current.store;
  return {
    handlers: {
      'annotation.shapes': ({ itemId }) => shapesOfItem(store(), itemId),
      'annotation.create': ({ itemId, shapes, act }) => {
        requireItem(store(), itemId);
        for (const shape of shapes) requireSound(store(), shape);
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
        for (const change of changes) requireSound(store(), change);
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
      'annotation.exportCheck': (scope) => checkMarksExport(store(), scope),
      'annotation.exportMarks': ({ path, ...scope }) => ({
        jobId: startMarksExport(context, scope, path),
      }),
      'annotation.importMarks': ({ path }) => ({ jobId: startMarksImport(context, path) }),
    },
  };
}

type LabelCommand = Extract<FeatureCommands<'annotation'>, `${string}abel${string}`>;

function labelHandlers(store: () => ProjectStore): Feature<LabelCommand>['handlers'] {
  return {
    'annotation.labels': () => listLabels(store()),
    'annotation.createLabel': (facts) => {
      requireSoundLabel(facts);
      requireFreeName(store(), facts.name, null);
      return store().journal.edit('library', `Add label ${facts.name}`, (edit) =>
        insertLabel(store(), edit, facts),
      );
    },
    'annotation.changeLabel': ({ id, ...given }) => {
      const facts = given as Partial<LabelFacts>;
      requireSoundLabel(facts);
      if (facts.name !== undefined) requireFreeName(store(), facts.name, id);
      store().journal.edit('library', 'Change label', (edit) => updateLabel(edit, id, facts));
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

function requireSound(
  store: ProjectStore,
  { geometry, labelId }: Pick<ShapeChange, 'geometry' | 'labelId'>,
): void {
  if (labelId !== undefined && labelId !== null) requireLabel(store, labelId);
  if (geometry !== undefined) requireSoundGeometry(geometry);
}
