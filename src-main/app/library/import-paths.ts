/** Bringing files into the library: a job that any feature may start. */
import { basename } from 'node:path';
import { LensmithError, asLensmithError } from '../../base/errors.ts';
import type { MediaFacts } from '../../media/inspect-media.ts';
import type { ImportReport } from '../../ipc/contract/library.ts';
import { itemByFile, itemByHash } from '../../store/items.ts';
import type { ItemRow } from '../../store/items.ts';
import type { AppContext } from '../core/context.ts';
import type { JobContext } from '../jobs/jobs.ts';
import type { OpenProject } from '../project/open-project.ts';
import { findFiles } from './find-files.ts';
import type { FoundFile } from './find-files.ts';
import { ImportBatch } from './import-batch.ts';
import { ReportBuilder } from './import-report.ts';
import { InOrder } from './in-order.ts';
import { dropFile, keepFile, uploadName, uploadPath } from './media-store.ts';
import { newItem } from './new-item.ts';
import { startProjectJob } from './project-jobs.ts';

export interface ImportRequest {
  /** Files, and folders with all that is below. */
  readonly paths: readonly string[];
  /** What receiveUpload answered. */
  readonly uploads?: readonly string[];
  /** Into the project's folder; left out: as the settings say. Uploads always are. */
  readonly copy?: boolean | undefined;
  readonly title?: string;
}

export interface ImportOutcome {
  readonly report: ImportReport;
  /** By absolute path (uploads by their name): the item that each readable file is now. */
  readonly itemIds: ReadonlyMap<string, number>;
}

/** Files taken apart at the same time; the media worker has threads of its own below. */
const lanes = 2;
/** Files that may be taken apart while one before them still is. */
const mostAhead = 64;

interface IncomingFile extends FoundFile {
  /** What the person knows it by. */
  readonly shown: string;
  readonly isUpload: boolean;
}

/** What a file turned out to be. */
type Reading =
  { readonly known: ItemRow } | { readonly facts: MediaFacts } | { readonly error: LensmithError };

/**
 * Starts an import. It can be paused and cancelled; what is in by then stays, and one undo takes the
 * whole of it back. Broken files, files that are here already and files that are no media are in the
 * report.
 */
export function importPaths(
  context: AppContext,
  project: OpenProject,
  request: ImportRequest,
): { readonly jobId: string; readonly end: Promise<ImportOutcome> } {
  const title = request.title ?? titleOf(request);
  const report = new ReportBuilder(title);
  const { id, end } = startProjectJob(context, project, {
    kind: 'import',
    title,
    canPause: true,
    run: (job) => new Import(context, project, request, report, job).run(),
    resultFor: () => ({ summary: report.summary, added: report.report.addedIds.length }),
  });
  report.publish(project, id);
  return { jobId: id, end };
}

function titleOf({ paths, uploads = [] }: ImportRequest): string {
  const names = [...paths.map((path) => basename(path) || path), ...uploads.map(uploadName)];
  const [first = 'nothing'] = names;
  return names.length === 1 ? `Import ${first}` : `Import ${first} and ${names.length - 1} more`;
}

class Import {
  readonly #context: AppContext;
  readonly #project: OpenProject;
  readonly #request: ImportRequest;
  readonly #report: ReportBuilder;
  readonly #job: JobContext;
  readonly #copies: boolean;
  /** Files whose worker ended are read again, each alone. */
  #alone: Promise<unknown> = Promise.resolve();
  /** Files are entered in their order, whichever was read first: ids do not hang on chance. */
  readonly #order = new InOrder();
  #done = 0;

  constructor(
    context: AppContext,
    project: OpenProject,
    request: ImportRequest,
    report: ReportBuilder,
    job: JobContext,
  ) {
    this.#context = context;
    this.#project = project;
    this.#request = request;
    this.#report = report;
    this.#job = job;
    this.#copies = request.copy ?? context.settings.values.copyMedia;
  }

  async run(): Promise<ImportOutcome> {
    const { report, itemIds } = this.#report;
    try {
      const files = await this.#find();
      this.#job.progress({ total: files.length, note: '' });
      const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
      const batch = new ImportBatch(
        this.#project,
        this.#report,
        `Import ${count}`,
        this.#context.now,
      );
      const next = files.entries();
      const ends = Array.from({ length: lanes }, () =>
        this.#lane(next, batch).catch((error: unknown) => this.#order.fail(error)),
      );
      await Promise.all(ends);
      try {
        await this.#order.end();
      } finally {
        batch.flush();
        this.#job.progress({ note: this.#report.summary });
      }
      return { report, itemIds };
    } finally {
      report.isRunning = false;
    }
  }

  async #find(): Promise<IncomingFile[]> {
    this.#job.progress({ note: 'Looking for files' });
    const { paths, uploads = [] } = this.#request;
    const { signal } = this.#job;
    const named = await findFiles(paths, {
      except: this.#project.folder,
      signal,
      onFound: (count) => this.#job.progress({ note: `Looking for files: ${count}` }),
    });
    const ours = await findFiles(
      uploads.map((upload) => uploadPath(this.#project, upload)),
      { signal },
    );
    for (const { path, message } of [...named.unreadable, ...ours.unreadable]) {
      this.#report.refused(path, path, unreadable(path, message));
    }
    return [
      ...named.files.map((file) => ({ ...file, shown: file.path, isUpload: false })),
      ...ours.files.map((file) => ({
        ...file,
        shown: uploadName(basename(file.path)),
        isUpload: true,
      })),
    ];
  }

  /** Takes one file after another apart until none is left. All lanes share `files`. */
  async #lane(files: Iterator<[number, IncomingFile]>, batch: ImportBatch): Promise<void> {
    for (let { done, value } = files.next(); done !== true; { done, value } = files.next()) {
      const [number, file] = value as [number, IncomingFile];
      await this.#job.checkpoint();
      await this.#alone;
      while (this.#order.ahead(number) > mostAhead && !this.#order.hasFailed) {
        await this.#order.moved();
      }
      if (this.#order.hasFailed) return;
      const reading = await this.#read(file);
      this.#order.add(number, () => this.#enter(file, reading, batch));
    }
  }

  async #read(file: IncomingFile): Promise<Reading> {
    const known = file.isUpload ? undefined : itemByFile(this.#project.store, file);
    if (known !== undefined && !known.isMissing) return { known };
    try {
      return { facts: await this.#inspect(file.path) };
    } catch (thrown) {
      return { error: asLensmithError(thrown) };
    }
  }

  async #enter(file: IncomingFile, reading: Reading, batch: ImportBatch): Promise<void> {
    try {
      if ('known' in reading) this.#report.duplicate(file.shown, reading.known);
      else if ('facts' in reading) await this.#take(file, reading.facts, batch);
      else throw reading.error;
    } catch (thrown) {
      const error = asLensmithError(thrown);
      if (this.#job.signal.aborted || isFatal(error)) throw error;
      this.#report.refused(file.shown, file.path, error);
      if (file.isUpload) await dropFile(file.path);
    }
    this.#done += 1;
    this.#job.progress({ done: this.#done, note: this.#report.summary });
  }

  async #take(file: IncomingFile, facts: MediaFacts, batch: ImportBatch): Promise<void> {
    const same = itemByHash(this.#project.store, facts.sha256);
    if (same !== undefined) {
      if (same.isMissing && !file.isUpload) batch.relink(same, file.path, facts.modifiedMs);
      else this.#report.duplicate(file.shown, same);
      if (file.isUpload) await dropFile(file.path);
    } else if (batch.isComing(file.shown, facts.sha256)) {
      if (file.isUpload) await dropFile(file.path);
    } else batch.add(file.shown, await this.#place(file, facts));
  }

  /** Where the item's file will be: the project's own folder, or where it is. */
  async #place(file: IncomingFile, facts: MediaFacts) {
    const name = basename(file.shown);
    if (!file.isUpload && !this.#copies) {
      return newItem(facts, { path: file.path, isCopied: false, name });
    }
    const source = { path: file.path, hash: facts.sha256, format: facts.format };
    const path = await keepFile(this.#project, source, file.isUpload, facts);
    return newItem(facts, { path, isCopied: true, name });
  }

  async #inspect(path: string): Promise<MediaFacts> {
    const input = {
      path,
      cacheDir: this.#project.cacheDir,
      ffmpegPath: this.#context.settings.values.ffmpegPath,
    };
    const { signal } = this.#job;
    const inspect = () => this.#context.workers.media.run('inspectFile', input, { signal });
    try {
      return await inspect();
    } catch (thrown) {
      // Which of the files at work ended the worker shows when each is read alone.
      if (asLensmithError(thrown).code !== 'worker/ended') throw thrown;
      const again = this.#alone.then(inspect);
      this.#alone = again.catch(() => undefined);
      return again;
    }
  }
}

/** What ends the whole import: every further file would meet the same. */
function isFatal({ code }: LensmithError): boolean {
  return (
    ['io/disk-full', 'io/not-writable', 'io/write-failed'].includes(code) ||
    code.startsWith('project/') ||
    code.startsWith('store/')
  );
}

function unreadable(path: string, message: string): LensmithError {
  return new LensmithError('media/file-unreadable', `${path} cannot be read.`, {
    got: message,
    hint: 'Check that it is there and that you may read it.',
  });
}
