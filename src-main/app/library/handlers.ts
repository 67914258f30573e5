import { LensmithError } from '../../base/errors.ts';
import type { ItemDetail } from '../../ipc/contract/library.ts';
import { countFacets, countItems, indexOf, listItems } from '../../store/item-list.ts';
import { readCards, readItem, samplesOfItem } from '../../store/items.ts';
import { listTags } from '../../store/tags.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import type { OpenProject } from '../project/open-project.ts';
import { browse } from './browse.ts';
import { changeTags, countOf, setColumns } from './bulk.ts';
import { erase } from './erase.ts';
import { checkAllFiles, checkFiles } from './file-check.ts';
import { glanceAt } from './glance.ts';
import { importPaths } from './import-paths.ts';
import { importReport } from './import-report.ts';
import { lookalikeCards } from './lookalikes.ts';
import { itemPath, sweepUploads } from './media-store.ts';
import { endProjectJobs } from './project-jobs.ts';
import { relink } from './relink.ts';
import { sweepCopies } from './sweep-copies.ts';
import { FolderWatch } from './watch.ts';

const mostSamples = 500;

type LibraryHandlers = Feature<FeatureCommands<'library'>>['handlers'];

export function libraryFeature(context: AppContext): Feature<FeatureCommands<'library'>> {
  const { projects, events } = context;
  let folders: FolderWatch | null = null;
  const watched = (): FolderWatch => {
    void projects.current; // says that no project is open, where none is
    return folders as FolderWatch;
  };
  // An undo may lead to a path where a file no longer is.
  events.listen((event, payload) => {
    const project = projects.currentOrNull;
    if (event !== 'project.changed' || project === null) return;
    const { cause, tables, itemIds, isMany } = payload as {
      readonly cause: string;
      readonly tables: readonly string[];
      readonly itemIds: readonly number[];
      readonly isMany: boolean;
    };
    if (cause === 'edit' || !tables.includes('items')) return;
    const look = isMany
      ? checkAllFiles(context, project, true)
      : checkFiles(context, project, itemIds);
    look.catch((error: unknown) => context.log(`file check: ${String(error)}`));
  });
  return {
    handlers: {
      ...findingHandlers(context),
      ...editHandlers(context),
      'library.import': ({ paths, uploads, copy }) => {
        const { jobId } = importPaths(context, projects.current, { paths, uploads, copy });
        return { jobId };
      },
      'library.importReport': ({ jobId }) => importReport(projects.current, jobId),
      'library.browse': ({ path }) => browse(path),
      'library.relink': ({ folder }) => {
        const { jobId } = relink(context, projects.current, folder);
        return { jobId };
      },
      'library.checkFiles': async () => {
        await checkAllFiles(context, projects.current);
        return { missing: countItems(indexOf(projects.current.store)).missing };
      },
      'library.watched': () => watched().list(),
      'library.watch': ({ folder }) => watched().add(folder),
      'library.unwatch': ({ folder }) => watched().remove(folder),
    },
    onOpened(project) {
      folders = new FolderWatch(context, project);
      Promise.all([sweepUploads(project), checkAllFiles(context, project, true)]).catch(
        (error: unknown) => context.log(`library: ${String(error)}`),
      );
    },
    async onClosing(project) {
      const closing = folders?.close();
      folders = null;
      await endProjectJobs(context, project);
      await closing;
      await sweepCopies(project).catch((error: unknown) => {
        context.log(`sweep of copies: ${String(error)}`);
      });
    },
  };
}

type Finding =
  | 'library.list'
  | 'library.cards'
  | 'library.item'
  | 'library.glance'
  | 'library.facets'
  | 'library.tags'
  | 'library.nearDuplicates';

function findingHandlers(context: AppContext): Pick<LibraryHandlers, Finding> {
  const { projects } = context;
  return {
    'library.list': ({ filter, view, ...order }) => {
      const { ids, aspects } = listItems(indexOf(projects.current.store), { filter, view }, order);
      return { count: ids.length, ids: base64(ids), aspects: base64(aspects) };
    },
    'library.cards': ({ itemIds }) => readCards(projects.current.store, itemIds),
    'library.item': ({ itemId }) => detail(projects.current, itemId),
    'library.glance': ({ itemId }) => glanceAt(projects.current.store, itemId),
    'library.facets': (query) => {
      const index = indexOf(projects.current.store);
      return { ...countFacets(index, query), totals: countItems(index) };
    },
    'library.tags': () => listTags(projects.current.store),
    'library.nearDuplicates': ({ itemIds }, { signal }) =>
      lookalikeCards(context, projects.current, itemIds, signal),
  };
}

type Editing =
  | 'library.tag'
  | 'library.setSplit'
  | 'library.rate'
  | 'library.setNotes'
  | 'library.trash'
  | 'library.restore'
  | 'library.erase';

function editHandlers(context: AppContext): Pick<LibraryHandlers, Editing> {
  const { projects, now } = context;
  const answer = async (changed: Promise<number>) => ({ changed: await changed });
  return {
    'library.tag': ({ itemIds, add, remove }) =>
      answer(changeTags(projects.current, itemIds, add, remove)),
    'library.setSplit': ({ itemIds, split }) => {
      const label = `Put ${countOf(itemIds)} ${split === null ? 'in no split' : `in ${split}`}`;
      const applies = (item: { readonly split: string | null }) => item.split !== split;
      return answer(setColumns(projects.current, label, itemIds, { split }, applies));
    },
    'library.rate': ({ itemIds, rating }) => {
      const label = `Rate ${countOf(itemIds)} ${rating}`;
      const applies = (item: { readonly rating: number }) => item.rating !== rating;
      return answer(setColumns(projects.current, label, itemIds, { rating }, applies));
    },
    'library.setNotes': ({ itemId, notes }) =>
      answer(setColumns(projects.current, 'Change notes', [itemId], { notes }, () => true)),
    'library.trash': ({ itemIds }) => {
      const values = { trashed_ms: now() };
      const applies = (item: { readonly trashedMs: number | null }) => item.trashedMs === null;
      const label = `Delete ${countOf(itemIds)}`;
      return answer(setColumns(projects.current, label, itemIds, values, applies));
    },
    'library.restore': ({ itemIds }) => {
      const applies = (item: { readonly trashedMs: number | null }) => item.trashedMs !== null;
      const label = `Restore ${countOf(itemIds)}`;
      return answer(setColumns(projects.current, label, itemIds, { trashed_ms: null }, applies));
    },
    'library.erase': ({ itemIds }) => erase(context, projects.current, itemIds),
  };
}

function base64(values: Int32Array | Uint16Array): string {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString('base64');
}

function detail(project: OpenProject, itemId: number): ItemDetail {
  const { store } = project;
  const item = readItem(store, itemId);
  const [card] = readCards(store, [itemId]);
  if (item === undefined || card === undefined) {
    throw new LensmithError('library/unknown-item', 'This item is no longer in the project.', {
      got: String(itemId),
    });
  }
  return {
    ...item,
    ...card,
    path: itemPath(project, item),
    samples: samplesOfItem(store, itemId, mostSamples),
  };
}
