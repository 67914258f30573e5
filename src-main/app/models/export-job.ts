import type { ExportResult } from '../../ipc/contract/models.ts';
import type { AppContext } from '../core/context.ts';
import { folderName } from './known-models.ts';

export interface ExportWish {
  readonly dir: string;
  readonly adapter: string;
  readonly merge: boolean;
  readonly outDir: string;
  readonly dtype: 'f32' | 'bf16' | 'f16' | null;
}

/** Writes and proves in the engine worker. @returns the job's id; its result is an ExportResult */
export function startExport({ jobs, workers }: AppContext, wish: ExportWish): string {
  const { dir, adapter, merge, outDir, dtype } = wish;
  const title = merge
    ? `Merging ${folderName(adapter)} into ${folderName(dir)}`
    : `Exporting ${folderName(adapter)}`;
  const request = { modelDir: dir, adapterDir: adapter, merge, outDir };
  const { id } = jobs.start<ExportResult>({
    kind: 'models.export',
    title,
    run: ({ signal, progress }) =>
      workers.engine.run('exportModel', dtype === null ? request : { ...request, dtype }, {
        signal,
        onProgress: ({ note }) => progress({ note }),
      }),
    resultFor: (result) => result,
  });
  return id;
}
