/** Jobs that belong to a project: they end before it is closed. */
import type { AppContext } from '../core/context.ts';
import type { JobRequest } from '../jobs/jobs.ts';
import type { OpenProject } from '../project/open-project.ts';

interface Started<T> {
  readonly id: string;
  readonly end: Promise<T>;
}

const running = new WeakMap<OpenProject, Set<Started<unknown>>>();

export function startProjectJob<T>(
  { jobs }: AppContext,
  project: OpenProject,
  request: JobRequest<T>,
): Started<T> {
  const started = jobs.start(request);
  const all = running.get(project) ?? new Set();
  running.set(project, all);
  all.add(started);
  started.end.finally(() => all.delete(started)).catch(() => undefined);
  return started;
}

/** Cancels what still runs and waits for its end. */
export async function endProjectJobs({ jobs }: AppContext, project: OpenProject): Promise<void> {
  const all = [...(running.get(project) ?? [])];
  for (const { id } of all) jobs.cancel(id);
  await Promise.allSettled(all.map(({ end }) => end));
}
