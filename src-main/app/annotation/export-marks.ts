/** Marks of pictures as a file that other programs read. */
import { basename } from 'node:path';
import { writeStreamAtomic } from '../../base/atomic-file.ts';
import type {
  MarksExportCheck,
  MarksExportResult,
  MarksScope,
} from '../../ipc/contract/annotation.ts';
import { indexOf, listItems } from '../../store/item-list.ts';
import { readItems } from '../../store/items.ts';
import type { ItemRow } from '../../store/items.ts';
import { listLabels } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { shapesOfItem } from '../../store/shapes.ts';
import { Breather } from '../core/breather.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import { annotationOf, kindsLeftOut, writeCoco } from './coco/write-coco.ts';
import { requireWholePath } from './mark-file.ts';
import { fileNamesOf } from './picture-names.ts';

/** What is said before a file is written. */
export function checkMarksExport(store: ProjectStore, scope: MarksScope): MarksExportCheck {
  const pictures = picturesIn(store, scope);
  const rows = store.all(
    `SELECT kind, label_id IS NULL AS is_bare, count(*) AS count FROM shapes
     WHERE is_draft = 0 AND item_id IN (SELECT value FROM json_each(?)) GROUP BY kind, is_bare`,
    JSON.stringify(pictures.map(({ id }) => id)),
  );
  const check = { pictures: pictures.length, marks: 0, unlabelled: 0, withoutForm: 0, turned: 0 };
  for (const row of rows) {
    const count = Number(row['count']);
    if (kindsLeftOut.some((kind) => kind === row['kind'])) check.withoutForm += count;
    else if (row['is_bare'] === 1) check.unlabelled += count;
    else {
      check.marks += count;
      if (row['kind'] === 'rotated-box') check.turned += count;
    }
  }
  return check;
}

/** @returns the job's id */
export function startMarksExport(context: AppContext, scope: MarksScope, path: string): string {
  requireWholePath(path);
  const project = context.projects.current;
  return startProjectJob(context, project, {
    kind: 'export-marks',
    title: `Export marks to ${basename(path)}`,
    run: (job) => exportMarks(project.store, scope, path, job),
    resultFor: (result) => result,
  }).id;
}

async function exportMarks(
  store: ProjectStore,
  scope: MarksScope,
  path: string,
  job: JobContext,
): Promise<MarksExportResult> {
  const pictures = picturesIn(store, scope);
  const names = fileNamesOf(pictures);
  const result = { path, pictures: pictures.length, marks: 0, leftOut: 0 };
  const breather = new Breather();
  let done = 0;
  job.progress({ total: pictures.length });
  const written = pictures.map(({ id, name, width, height }) => ({
    ...{ id, width, height, fileName: names.get(id) ?? name },
  }));
  const text = writeCoco(listLabels(store), written, async (picture) => {
    await job.checkpoint();
    if (breather.isDue) await breather.rest();
    const shapes = shapesOfItem(store, picture.id).filter(({ isDraft }) => !isDraft);
    const annotations = shapes
      .map((shape) => annotationOf(shape, picture))
      .filter((annotation) => annotation !== null);
    result.marks += annotations.length;
    result.leftOut += shapes.length - annotations.length;
    job.progress({ done: (done += 1) });
    return annotations;
  });
  await writeStreamAtomic(path, text);
  return result;
}

function picturesIn(store: ProjectStore, { itemIds, filter }: MarksScope): ItemRow[] {
  const order = { sort: 'name', isDescending: false, seed: 1 } as const;
  const listed = listItems(indexOf(store), { filter, view: 'library' }, order).ids;
  const chosen = itemIds === null ? null : new Set(itemIds);
  const ids = [...listed].filter((id) => chosen?.has(id) ?? true);
  return readItems(store, ids).filter(({ kind }) => kind === 'image');
}
