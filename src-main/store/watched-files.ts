/** What the watch over folders has offered for import already. */
import type { ProjectStore } from './project-store.ts';

interface SeenFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Those that are new, or have changed since they were offered. */
export function unseenFiles<F extends SeenFile>(store: ProjectStore, files: readonly F[]): F[] {
  return files.filter(
    ({ path, sizeBytes, modifiedMs }) =>
      store.get(
        'SELECT 1 FROM watched_files WHERE path = ? AND size_bytes = ? AND modified_ms = ?',
        path,
        sizeBytes,
        modifiedMs,
      ) === undefined,
  );
}

export function rememberFiles(store: ProjectStore, files: readonly SeenFile[]): void {
  store.transaction(() => {
    for (const { path, sizeBytes, modifiedMs } of files) {
      store.run(
        `INSERT INTO watched_files VALUES (?, ?, ?) ON CONFLICT (path)
         DO UPDATE SET size_bytes = excluded.size_bytes, modified_ms = excluded.modified_ms`,
        path,
        sizeBytes,
        modifiedMs,
      );
    }
  });
}
