/** What the runs of a project left behind: folders of models and adapters. */
import type { ProjectStore } from './project-store.ts';

export interface RunOutput {
  readonly runId: number;
  readonly name: string;
  readonly outputPath: string;
  /** The model that was trained. */
  readonly modelDir: string | null;
  readonly endedMs: number | null;
}

/** Runs that ended with weights, latest first. */
export function listRunOutputs(store: ProjectStore): RunOutput[] {
  return store
    .all(
      `SELECT id, name, result_json ->> '$.outputPath' AS output,
              request_json ->> '$.request.model.dir' AS model, ended_ms
       FROM runs WHERE result_json ->> '$.outputPath' IS NOT NULL ORDER BY id DESC`,
    )
    .map((row) => ({
      runId: Number(row['id']),
      name: String(row['name']),
      outputPath: String(row['output']),
      modelDir: row['model'] === null ? null : String(row['model']),
      endedMs: row['ended_ms'] === null ? null : Number(row['ended_ms']),
    }));
}
