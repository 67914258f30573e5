/** Finding moved files again: by size, then by contents. */
import { randomUUID } from 'node:crypto';
import { isAbsolute } from 'node:path';
import { LensmithError } from '../../base/errors.ts';
import type { RelinkReport } from '../../ipc/contract/library.ts';
import { markMissing, missingFiles } from '../../store/item-files.ts';
import type { ItemFile } from '../../store/item-files.ts';
import { indexOf } from '../../store/item-list.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { countOf } from './bulk.ts';
import { checkAllFiles, checkFiles } from './file-check.ts';
import { findFiles } from './find-files.ts';
import type { FoundFile } from './find-files.ts';
import { startProjectJob } from './project-jobs.ts';

/** Starts the search below `folder`; what it finds is one act. The job's result is a RelinkReport. */
export function relink(
  context: AppContext,
  project: OpenProject,
  folder: string,
): { readonly jobId: string; readonly end: Promise<RelinkReport> } {
  if (!isAbsolute(folder)) {
    throw new LensmithError('library/relative-path', 'The folder needs its whole path.', {
      expected: 'a path that begins at the root of a disk',
      got: folder,
    });
  }
  const { id, end } = startProjectJob(context, project, {
    kind: 'relink',
    title: 'Find missing files',
    run: (job) => search(context, project, folder, job),
    resultFor: (report) => report,
  });
  return { jobId: id, end };
}

async function search(
  context: AppContext,
  project: OpenProject,
  folder: string,
  job: JobContext,
): Promise<RelinkReport> {
  job.progress({ note: 'Checking what is missing' });
  await checkAllFiles(context, project);
  const missing = missingFiles(project.store);
  const { files } = await findFiles([folder], {
    signal: job.signal,
    onFound: (count) => job.progress({ note: `Looking for files: ${count}` }),
  });
  const sizes = new Set(missing.map(({ sizeBytes }) => sizeBytes));
  const candidates = files.filter(({ sizeBytes }) => sizes.has(sizeBytes));
  job.progress({ total: candidates.length, note: 'Comparing contents' });
  const found = await byContents(context, candidates, missing, job);
  apply(project, missing, found);
  const relinked = missing.filter(({ hash }) => found.has(hash)).map(({ id }) => id);
  await checkFiles(context, project, relinked);
  return {
    relinkedIds: relinked,
    notFound: missing
      .filter(({ hash }) => !found.has(hash))
      .map(({ id, path }) => ({ itemId: id, path })),
  };
}

/** Files by the hash of the missing item whose contents they have. */
async function byContents(
  { workers }: AppContext,
  candidates: readonly FoundFile[],
  missing: readonly ItemFile[],
  job: JobContext,
): Promise<Map<string, FoundFile>> {
  const wanted = new Set(missing.map(({ hash }) => hash));
  const found = new Map<string, FoundFile>();
  for (const [at, file] of candidates.entries()) {
    if (found.size === wanted.size) break;
    await job.checkpoint();
    const hash = await workers.media
      .run('hash', { path: file.path }, { signal: job.signal })
      .catch((error: unknown) => {
        if (job.signal.aborted) throw error;
        return ''; // one that cannot be read is not the one that is sought
      });
    if (wanted.has(hash) && !found.has(hash)) found.set(hash, file);
    job.progress({ done: at + 1 });
  }
  return found;
}

function apply(
  { store }: OpenProject,
  missing: readonly ItemFile[],
  found: ReadonlyMap<string, FoundFile>,
): void {
  const items = missing.filter(({ hash }) => found.has(hash));
  const ids = items.map(({ id }) => id);
  store.journal.edit(
    'library',
    `Find ${countOf(ids)} again`,
    (edit) => {
      for (const { id, hash } of items) {
        const file = found.get(hash) as FoundFile;
        edit.update('items', id, {
          path: file.path,
          is_copied: 0,
          modified_ms: file.modifiedMs,
        });
      }
    },
    randomUUID(),
  );
  markMissing(store, ids, false);
  indexOf(store).doubt(ids, false);
}
