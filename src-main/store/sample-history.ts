/** What was done to a sample, its turns and its pictures, by the journal. */
import type { ProjectStore } from './project-store.ts';

export interface SampleAct {
  readonly id: number;
  readonly label: string;
  readonly state: 'done' | 'undone' | 'dropped';
  readonly atMs: number;
}

/**
 * Acts that touched a sample, newest first; typing without a pause is one.
 * @param scope where the sample is undone: turns that are gone are looked for there
 */
export function sampleHistory(
  store: ProjectStore,
  sampleId: number,
  scope: string,
  limit: number,
): SampleAct[] {
  const rows = store.all(
    `WITH gone AS (
       SELECT DISTINCT change.value ->> '$.id' AS id
       FROM journal, json_each(journal.changes_json) AS change
       WHERE scope = ?2 AND change.value ->> '$.table' = 'turns'
         AND coalesce(change.value ->> '$.before.sample_id', change.value ->> '$.after.sample_id') = ?1
     )
     SELECT max(journal.id) AS id, label, state, max(at_ms) AS at_ms
     FROM journal_rows JOIN journal ON journal.id = journal_id
     WHERE (table_name = 'samples' AND row_id = ?1)
       OR (table_name = 'turns' AND row_id IN
           (SELECT id FROM turns WHERE sample_id = ?1 UNION SELECT id FROM gone))
       OR (table_name = 'sample_items' AND row_id IN
           (SELECT id FROM sample_items WHERE sample_id = ?1))
     GROUP BY coalesce(act, journal.id), state ORDER BY 1 DESC LIMIT ?3`,
    sampleId,
    scope,
    limit,
  );
  return rows.map((row) => ({
    id: Number(row['id']),
    label: String(row['label']),
    state: row['state'] as SampleAct['state'],
    atMs: Number(row['at_ms']),
  }));
}
