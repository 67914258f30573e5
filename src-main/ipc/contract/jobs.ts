import * as v from 'valibot';
import { command } from './command.ts';
import { errorWire } from './wire.ts';

export const jobState = v.picklist(['queued', 'running', 'paused', 'done', 'failed', 'cancelled']);

/** Something long, as people see it. */
export const job = v.object({
  id: v.string(),
  /** What kind of work, e.g. `import`; the feature that began it knows. */
  kind: v.string(),
  title: v.string(),
  state: jobState,
  done: v.number(),
  /** null: not known yet. */
  total: v.nullable(v.number()),
  /** What it is at, in words. */
  note: v.string(),
  canPause: v.boolean(),
  error: v.nullable(errorWire),
  startedMs: v.number(),
  /** What came out of it, for the feature that began it; e.g. a path or counts. */
  result: v.nullable(v.unknown()),
});
export type Job = v.InferOutput<typeof job>;

const byId = v.object({ jobId: v.string() });

export const jobsCommands = {
  'jobs.list': command(v.object({}), v.array(job)),
  'jobs.cancel': command(byId, v.null()),
  'jobs.pause': command(byId, v.null()),
  'jobs.resume': command(byId, v.null()),
  /** Takes a finished job off the list. */
  'jobs.dismiss': command(byId, v.null()),
};

export const jobsEvents = {
  /** At most ten times a second for one job; its last state always comes. */
  'jobs.changed': job,
  'jobs.dismissed': byId,
};
