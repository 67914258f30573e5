import { LensmithError } from '../../base/errors.ts';
import type { Dataset, DatasetSettings } from '../../ipc/contract/datasets.ts';
import { insertDataset, listDatasets, readDataset, updateDataset } from '../../store/datasets.ts';
import type { DatasetRow } from '../../store/datasets.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { failedPreview, previewOf } from './preview.ts';
import { sampleRows } from './sample-rows.ts';
import { Selector } from './selector.ts';

export function datasetsFeature(context: AppContext): Feature<FeatureCommands<'datasets'>> {
  const { projects, now } = context;
  const selector = new Selector(context);
  const store = () => projects.current.store;
  const read = (id: number): Dataset => datasetOf(requireDataset(store(), id));
  return {
    handlers: {
      'datasets.list': () => listDatasets(store()).map(datasetOf),
      'datasets.read': ({ datasetId }) => read(datasetId),
      'datasets.create': ({ name, filter, settings }) => {
        const row = { name, filter, settingsJson: JSON.stringify(settings), createdMs: now() };
        return read(
          store().journal.edit('library', 'New dataset', (edit) => insertDataset(edit, row)),
        );
      },
      'datasets.update': ({ datasetId, name, filter, settings }) => {
        const part = {
          ...(name === undefined ? {} : { name }),
          ...(filter === undefined ? {} : { filter }),
          ...(settings === undefined ? {} : { settingsJson: JSON.stringify(settings) }),
        };
        store().journal.edit('library', 'Change dataset', (edit) =>
          updateDataset(edit, datasetId, part),
        );
        return read(datasetId);
      },
      'datasets.delete': ({ datasetId }) => {
        requireDataset(store(), datasetId);
        store().journal.edit('library', 'Delete dataset', (edit) =>
          edit.delete('datasets', datasetId),
        );
        return null;
      },
      'datasets.preview': async (spec) => {
        try {
          return previewOf(await selector.select(spec), spec.settings);
        } catch (error) {
          // Half a filter is what a person at the keyboard has most of the time.
          if (!(error instanceof LensmithError) || error.code !== 'library/bad-filter') throw error;
          return failedPreview(error);
        }
      },
      'datasets.samples': async ({ split, offset, limit, ...spec }) => {
        const { samples } = await selector.select(spec);
        const own = split === null ? samples : samples.filter((one) => one.split === split);
        const page = own.slice(offset, offset + limit);
        return { total: own.length, samples: sampleRows(projects.current, page) };
      },
    },
  };
}

/** @throws datasets/missing */
export function requireDataset(
  store: AppContext['projects']['current']['store'],
  id: number,
): DatasetRow {
  const row = readDataset(store, id);
  if (row !== undefined) return row;
  throw new LensmithError('datasets/missing', 'This dataset is no longer there.', {
    got: `dataset ${id}`,
    hint: 'It was deleted; undo in the library brings it back. Or choose another one.',
  });
}

// What is parsed here was checked by the contract when it was written.
export function datasetOf({ settingsJson, ...row }: DatasetRow): Dataset {
  return { ...row, settings: JSON.parse(settingsJson) as DatasetSettings };
}
