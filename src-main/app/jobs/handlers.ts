import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';

export function jobsFeature({ jobs }: AppContext): Feature<FeatureCommands<'jobs'>> {
  const then =
    (act: (id: string) => void) =>
    ({ jobId }: { jobId: string }): null => {
      act(jobId);
      return null;
    };
  return {
    handlers: {
      'jobs.list': () => jobs.list,
      'jobs.cancel': then((id) => jobs.cancel(id)),
      'jobs.pause': then((id) => jobs.pause(id)),
      'jobs.resume': then((id) => jobs.resume(id)),
      'jobs.dismiss': then((id) => jobs.dismiss(id)),
    },
  };
}
