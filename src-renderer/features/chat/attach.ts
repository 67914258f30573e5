/** Dropped files become items of the library, and their ids go into the question. */
import type { ImportReport } from '../../../src-main/ipc/contract/library.ts';
import { client, CommandError } from '../../api/client.ts';
import type { Dropped } from '../../shell/dropped-files.ts';
import { texts } from './texts/index.ts';

/** @throws CommandError when nothing of it can be used */
export async function importDropped({ paths, files }: Dropped): Promise<number[]> {
  const uploads = await Promise.all(files.map(upload));
  const { jobId } = await client.call('library.import', { paths: [...paths], uploads });
  const report = await endOf(jobId);
  const ids = [
    ...report.addedIds,
    ...report.duplicates.map(({ itemId }) => itemId),
    ...report.foundAgain.map(({ itemId }) => itemId),
  ];
  if (ids.length > 0) return [...new Set(ids)];
  const [broken] = report.broken;
  throw new CommandError(
    broken?.error ?? {
      code: 'chat/nothing-to-add',
      message: texts().composer.nothingToAdd,
    },
  );
}

async function upload(file: File): Promise<string> {
  const response = await fetch(`/upload?name=${encodeURIComponent(file.name)}`, {
    method: 'PUT',
    body: file,
  });
  if (!response.ok) throw new Error(texts().composer.notTaken(file.name));
  const { upload: name } = (await response.json()) as { upload: string };
  return name;
}

/** The report of an import that has ended. */
async function endOf(jobId: string): Promise<ImportReport> {
  for (;;) {
    const ended = nextEnd(jobId);
    const report = await client.call('library.importReport', { jobId });
    if (report !== null && !report.isRunning) {
      ended.stop();
      return report;
    }
    await ended.promise;
  }
}

function nextEnd(jobId: string): { readonly promise: Promise<void>; readonly stop: () => void } {
  let stop = (): void => undefined;
  const promise = new Promise<void>((resolve) => {
    const stopListening = client.on('jobs.changed', (job) => {
      if (job.id !== jobId || job.state === 'running' || job.state === 'queued') return;
      stopListening();
      resolve();
    });
    stop = (): void => {
      stopListening();
      resolve();
    };
  });
  return { promise, stop };
}
