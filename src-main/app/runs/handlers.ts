import { LensmithError } from '../../base/errors.ts';
import { defaultLearningRates } from '../../training/settings.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import { DuplicateFinder } from '../datasets/groups.ts';
import { createRun } from './create-run.ts';
import { planRun } from './plan-run.ts';
import { defaultRunSettings } from './run-defaults.ts';
import { readRunEntries, readRunLog } from './run-folder.ts';
import { RunQueue } from './run-queue.ts';
import { RunRecords } from './run-records.ts';
import { evaluationsOf } from './run-view.ts';
import { readSampleLosses } from './sample-losses.ts';

interface OpenRuns {
  readonly records: RunRecords;
  readonly queue: RunQueue;
}

export function runsFeature(context: AppContext): Feature<FeatureCommands<'runs'>> {
  const { projects } = context;
  const finder = new DuplicateFinder(context);
  let open: OpenRuns | null = null;
  const runs = (): OpenRuns => {
    if (open !== null) return open;
    throw new LensmithError('project/none-open', 'No project is open.');
  };
  const records = (): RunRecords => runs().records;
  const queue = (): RunQueue => runs().queue;
  const nothing = async (work: Promise<void>): Promise<null> => {
    await work;
    return null;
  };
  return {
    onOpened(project) {
      const own = new RunRecords(context, project);
      open = { records: own, queue: new RunQueue(context, project, own) };
      own.settleInterrupted();
    },
    async onClosing() {
      await open?.queue.close();
      open = null;
    },
    handlers: {
      'runs.defaults': () => ({
        settings: {
          projector: defaultRunSettings('projector'),
          lora: defaultRunSettings('lora'),
          qlora: defaultRunSettings('qlora'),
          full: defaultRunSettings('full'),
        },
        learningRates: { ...defaultLearningRates },
      }),
      'runs.plan': (request, { signal, part }) => {
        const onNote = (note: string): void => part({ note });
        const isBusy = queue().atWork !== null;
        return planRun(context, finder, request, { signal, onNote, isBusy });
      },
      'runs.start': async ({ request, plan }) => {
        const id = await createRun(context, projects.current, finder, request, plan);
        records().tell(id);
        await queue().pump();
        return records().view(id);
      },
      'runs.list': () => records().list(),
      'runs.read': async ({ runId }) => ({
        run: records().view(runId),
        evaluations: evaluationsOf(projects.current, runId),
        entries: await readRunEntries(records().folder(runId)),
        progress: queue().atWork?.id === runId ? (queue().atWork?.progress ?? null) : null,
      }),
      'runs.log': ({ runId, afterStep }) => readRunLog(records().folder(runId), afterStep),
      'runs.sampleLosses': ({ runId, limit }) =>
        readSampleLosses(projects.current, records().folder(runId), limit),
      'runs.current': () => open?.queue.atWork?.progress ?? null,
      'runs.pause': ({ runId }) => nothing(queue().pause(runId)),
      'runs.resume': async ({ runId }) => {
        await queue().resume(runId);
        return records().view(runId);
      },
      'runs.stop': ({ runId, keep }) => nothing(queue().stop(runId, keep)),
      'runs.update': ({ runId, name, notes }) => records().rename(runId, { name, notes }),
      'runs.reorder': ({ runIds }) => {
        queue().reorder(runIds);
        return null;
      },
      'runs.delete': ({ runId }) => {
        queue().requireAtRest(runId);
        return nothing(records().delete(runId));
      },
    },
  };
}
