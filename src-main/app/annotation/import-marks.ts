/** Marks of a file onto pictures of the library: nothing twice, and all of it one act. */
import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import type { MarksImportResult } from '../../ipc/contract/annotation.ts';
import type { NewShape, Skeleton } from '../../ipc/contract/shapes.ts';
import { indexOf } from '../../store/item-list.ts';
import { readItems } from '../../store/items.ts';
import type { ItemRow } from '../../store/items.ts';
import type { Edit } from '../../store/journal.ts';
import { listLabels } from '../../store/labels.ts';
import type { ProjectStore } from '../../store/project-store.ts';
import { insertShapes, shapesOfItem } from '../../store/shapes.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import { startProjectJob } from '../library/project-jobs.ts';
import { readCoco } from './coco/read-coco.ts';
import type { CocoFile, CocoMark, CocoPicture } from './coco/read-coco.ts';
import { likenessOf } from './coco/write-coco.ts';
import { LabelFinder } from './label-finder.ts';
import { LearntAttributes } from './learnt-attributes.ts';
import { readMarkFile, requireWholePath } from './mark-file.ts';
import { PictureFinder } from './picture-names.ts';

const longestFileBytes = 1024 * 1024 * 1024;
/** Written at a time, so that the core answers in between. */
const marksAtOnce = 200;
const listedIssues = 1000;

/** @returns the job's id */
export function startMarksImport(context: AppContext, path: string): string {
  requireWholePath(path);
  const project = context.projects.current;
  return startProjectJob(context, project, {
    kind: 'import-marks',
    title: `Import marks from ${basename(path)}`,
    run: (job) => importMarks(project.store, path, job),
    resultFor: (result) => result,
  }).id;
}

async function importMarks(
  store: ProjectStore,
  path: string,
  job: JobContext,
): Promise<MarksImportResult> {
  job.progress({ note: 'Reading the file' });
  const bytes = await readMarkFile(path, longestFileBytes);
  const file = await readCoco(bytes, path, () => job.checkpoint());
  await job.checkpoint();
  const faults = [...file.faults];
  const placed = onPictures(store, file, faults);
  const known = new KnownLabels(store, file, faults);
  for (const { marks } of placed) for (const mark of marks) known.learn(mark);
  const label = `Import marks from ${basename(path)}`;
  const act = randomUUID();
  const result = { pictures: 0, marks: 0, alreadyThere: 0 };
  let done = 0;
  job.progress({ total: placed.length, note: 'Writing' });
  for (const batch of batchesOf(placed)) {
    await job.checkpoint();
    const work = (edit: Edit): void => {
      if (done === 0) known.write(edit);
      for (const one of batch) addMarks(store, edit, one, known, result);
    };
    store.journal.edit('library', label, work, act);
    job.progress({ done: (done += batch.length) });
    await new Promise(setImmediate);
  }
  return { ...result, issueCount: faults.length, issues: faults.slice(0, listedIssues) };
}

function* batchesOf(placed: readonly PlacedMarks[]): Generator<PlacedMarks[]> {
  let [batch, marks] = [[] as PlacedMarks[], 0];
  for (const one of placed) {
    batch.push(one);
    marks += one.marks.length;
    if (marks < marksAtOnce) continue;
    yield batch;
    [batch, marks] = [[], 0];
  }
  if (batch.length > 0) yield batch;
}

interface PlacedMarks {
  readonly item: ItemRow;
  readonly marks: readonly CocoMark[];
}

/** What has no picture here is an issue. */
function onPictures(store: ProjectStore, file: CocoFile, faults: string[]): PlacedMarks[] {
  const ids = [...indexOf(store).items.values()].filter((item) => !item.isTrashed);
  const items = readItems(
    store,
    ids.map(({ id }) => id),
  );
  const finder = new PictureFinder(items.filter(({ kind }) => kind === 'image'));
  return file.pictures.flatMap((picture) => {
    const { fileName, marks } = picture;
    if (marks.length === 0) return [];
    const found = finder.find(fileName);
    if (found.kind === 'found') {
      if (isOfSize(found.picture, picture)) return [{ item: found.picture, marks }];
      const { width, height } = found.picture;
      faults.push(
        `${fileName} is ${picture.width} × ${picture.height} in the file, and ${width} × ${height} here.`,
      );
    } else if (found.kind === 'none') {
      faults.push(
        `${fileName} is not in the library; its marks (${marks.length}) have no picture.`,
      );
    } else {
      faults.push(`${fileName} could be any of ${found.count} pictures of the library.`);
    }
    return [];
  });
}

const isOfSize = (item: ItemRow, picture: CocoPicture): boolean =>
  item.width === picture.width && item.height === picture.height;

/** Labels that the marks bear: those of the project, and what the file adds to them. */
class KnownLabels {
  readonly #store: ProjectStore;
  readonly #attributes = new Map<string, LearntAttributes>();
  readonly #skeletons: ReadonlyMap<string, Skeleton | null>;
  /** Labels whose joints are others here than in the file. */
  readonly #otherJoints = new Set<string>();
  readonly #ids = new Map<string, number>();

  constructor(store: ProjectStore, file: CocoFile, faults: string[]) {
    this.#store = store;
    this.#skeletons = new Map(file.labels.map(({ name, skeleton }) => [name, skeleton]));
    for (const { name, attributes, skeleton } of listLabels(store)) {
      this.#attributes.set(name, new LearntAttributes(attributes));
      const other = this.#skeletons.get(name);
      if (skeleton === null || other == null || sameJoints(skeleton, other)) continue;
      this.#otherJoints.add(name);
      faults.push(
        `The joints of ${name} are others here than in the file; its keypoints are left out.`,
      );
    }
  }

  learn({ label, attributes }: CocoMark): void {
    const learnt = this.#attributes.get(label) ?? new LearntAttributes([]);
    this.#attributes.set(label, learnt);
    this.#ids.set(label, 0);
    learnt.learn(attributes);
  }

  /** Makes those that marks bear. */
  write(edit: Edit): void {
    const finder = new LabelFinder(this.#store, edit);
    for (const name of this.#ids.keys()) {
      const id = finder.idOf(name) as number;
      this.#ids.set(name, id);
      const attributes = this.#attributes.get(name)?.learnt ?? [];
      finder.extend(id, { attributes, skeleton: this.#skeletons.get(name) ?? null });
    }
  }

  shapeOf({ label, geometry, attributes, text }: CocoMark): NewShape | null {
    if (geometry.kind === 'skeleton' && this.#otherJoints.has(label)) return null;
    return {
      labelId: this.#ids.get(label) ?? null,
      geometry,
      attributes: this.#attributes.get(label)?.fitted(attributes) ?? attributes,
      text,
      ...{ isLocked: false, isHidden: false, isDraft: false, source: 'person' },
    };
  }
}

const sameJoints = (a: Skeleton, b: Skeleton): boolean =>
  a.joints.join('\n') === b.joints.join('\n');

function addMarks(
  store: ProjectStore,
  edit: Edit,
  { item, marks }: PlacedMarks,
  known: KnownLabels,
  result: { pictures: number; marks: number; alreadyThere: number },
): void {
  const shapes = marks.map((mark) => known.shapeOf(mark)).filter((shape) => shape !== null);
  const picture = { ...item, fileName: item.name };
  const present = new Set(shapesOfItem(store, item.id).map((shape) => likenessOf(shape, picture)));
  const fresh = shapes.filter((shape) => !present.has(likenessOf(shape, picture)));
  result.alreadyThere += shapes.length - fresh.length;
  if (fresh.length === 0) return;
  insertShapes(store, edit, item.id, fresh);
  result.pictures += 1;
  result.marks += fresh.length;
}
