import { client, errorWireOf } from '../../api/client.ts';
import type { Dropped } from '../../shell/dropped-files.ts';
import { navigation } from '../../shell/navigation.svelte.ts';
import { toasts } from '../../ui/toasts.svelte.ts';
import { attempt } from './item-acts.ts';
import { library } from './library.svelte.ts';
import { texts } from './texts/index.ts';

/** Uploads at the same time: more would only share the same wire. */
const lanes = 3;

interface Uploading {
  readonly total: number;
  readonly done: number;
  readonly cancel: () => void;
}

/** Bringing files in: by path where they have one, else by upload; the core does the rest. */
class Imports {
  /** undefined: nothing is on its way to the core. */
  uploading: Uploading | undefined = $state.raw();
  /** Imports that this window began: their ends are told here. */
  readonly #own = new Set<string>();

  constructor() {
    client.on('jobs.changed', (job) => {
      if (job.state === 'done' && this.#own.delete(job.id)) void this.#tell(job.id);
    });
  }

  async paths(paths: readonly string[], copy?: boolean): Promise<void> {
    await this.#start([...paths], [], copy);
  }

  /** Files that were dropped, pasted or chosen in a browser. */
  async files({ paths, files }: Dropped): Promise<void> {
    const uploads = files.length === 0 ? [] : await this.#upload(files);
    if (paths.length + uploads.length > 0) await this.#start([...paths], uploads);
  }

  async #start(paths: string[], uploads: string[], copy?: boolean): Promise<void> {
    const started = await attempt(() =>
      client.call('library.import', {
        paths,
        uploads,
        ...(copy === undefined ? {} : { copy }),
      }),
    );
    if (started === undefined) return;
    this.#own.add(started.jobId);
    if (navigation.path === '/') navigation.go('/library');
  }

  /** @returns what the core calls them; those that failed were told and are left out */
  async #upload(files: readonly File[]): Promise<string[]> {
    const controller = new AbortController();
    const { signal } = controller;
    const progress = (done: number): void => {
      this.uploading = { total: files.length, done, cancel: () => controller.abort() };
    };
    const uploads: string[] = [];
    const next = files.values();
    let done = 0;
    progress(0);
    const lane = async (): Promise<void> => {
      for (const file of next) {
        if (signal.aborted) return;
        try {
          uploads.push(await uploadOne(file, signal));
        } catch (thrown) {
          if (!signal.aborted) {
            toasts.show(`${file.name}: ${errorWireOf(thrown).message}`, { tone: 'error' });
          }
        }
        progress((done += 1));
      }
    };
    await Promise.all(Array.from({ length: lanes }, lane));
    this.uploading = undefined;
    return signal.aborted ? [] : uploads;
  }

  /** What an import did: all of it in its report. */
  async #tell(jobId: string): Promise<void> {
    const report = await attempt(() => client.call('library.importReport', { jobId }));
    if (report === null || report === undefined) return;
    const left = report.broken.length + report.unsupported.length + report.duplicates.length;
    const run = (): void => {
      library.reportJobId = jobId;
      navigation.go('/library');
    };
    const clipped = report.clipped.length;
    const added = texts().done.added(report.addedIds.length, left);
    toasts.show(clipped > 0 ? `${added}. ${texts().done.clipped(clipped)}` : added, {
      tone: report.broken.length + clipped > 0 ? 'warning' : 'good',
      ...(left + clipped > 0 ? { action: { label: texts().report, run } } : {}),
    });
    if (report.addedIds.length > 0) await this.#offerLookalikes(report.addedIds);
  }

  /** Twins of what just came in cost training time and spoil splits: looking at them is offered. */
  async #offerLookalikes(itemIds: number[]): Promise<void> {
    const groups = await attempt(() => client.call('library.nearDuplicates', { itemIds }));
    if (groups === undefined || groups.length === 0) return;
    const run = (): void => {
      library.reportJobId = undefined;
      library.lookalikesOf = itemIds;
      navigation.go('/library');
    };
    toasts.show(texts().done.lookalikes(groups.length), {
      action: { label: texts().review, run },
    });
  }
}

async function uploadOne(file: File, signal: AbortSignal): Promise<string> {
  const address = `/upload?name=${encodeURIComponent(file.name || nameOf(file.type))}`;
  const answer = await fetch(address, { method: 'PUT', body: file, signal });
  const body = (await answer.json()) as { readonly upload?: string; readonly message?: string };
  if (body.upload === undefined) throw new Error(body.message ?? texts().uploadFailed);
  return body.upload;
}

/** A picture of the clipboard has no name. */
function nameOf(type: string): string {
  const ending = /^image\/([a-z0-9]+)/u.exec(type)?.[1] ?? 'png';
  const date = new Date().toISOString().slice(0, 19).replaceAll(':', '.');
  return `${texts().pasted(date)}.${ending}`;
}

export const imports = new Imports();

/** The native dialog on a desktop, else ours. */
export async function askForImport(): Promise<void> {
  const desktop = window.lensmithDesktop;
  navigation.go('/library');
  if (desktop === undefined) {
    library.isImportOpen = true;
    return;
  }
  const paths = await desktop.chooseFiles({ title: texts().importTitle });
  if (paths.length > 0) await imports.paths(paths);
}

export async function askForFolder(): Promise<void> {
  const desktop = window.lensmithDesktop;
  navigation.go('/library');
  if (desktop === undefined) {
    library.isImportOpen = true;
    return;
  }
  const folder = await desktop.chooseFolder({ title: texts().importFolderTitle });
  if (folder !== null) await imports.paths([folder]);
}
