/** The core of the program, whatever host it runs in: context, workers, handlers. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createHandlers } from '../app/features.ts';
import type { AppContext } from '../app/core/context.ts';
import { workerEnvironment } from '../app/settings/worker-environment.ts';
import { EventHub } from '../app/core/events.ts';
import type { Handlers } from '../app/core/feature.ts';
import { Jobs } from '../app/jobs/jobs.ts';
import { Projects } from '../app/project/projects.ts';
import { SettingsStore } from '../app/settings/settings-store.ts';
import type { EngineTasks } from '../app/workers/engine-tasks.ts';
import type { MediaTasks } from '../app/workers/media-tasks.ts';
import { packageRoot } from '../base/package-root.ts';
import type { CommandName } from '../ipc/contract/index.ts';
import { WorkerSupervisor } from '../worker/supervisor.ts';

export interface CoreOptions {
  readonly dataDir: string;
  readonly version: string;
  readonly log: (text: string) => void;
}

export interface Core extends AsyncDisposable {
  readonly context: AppContext;
  readonly handlers: Handlers<CommandName>;
}

export async function createCore({ dataDir, version, log }: CoreOptions): Promise<Core> {
  await mkdir(dataDir, { recursive: true });
  const now = (): number => Date.now();
  const events = new EventHub();
  const settings = await SettingsStore.open(dataDir);
  const root = packageRoot();
  const worker = <T>(name: string, title: string): WorkerSupervisor<T> =>
    new WorkerSupervisor<T>({
      entry: join(root, 'out', 'main', `${name}.js`),
      title,
      env: () => workerEnvironment(settings.values),
      log: (text) => log(`${name}: ${text}`),
    });
  const workers = {
    media: worker<MediaTasks>('media-worker', 'The media worker'),
    engine: worker<EngineTasks>('engine-worker', 'The engine'),
    training: worker<EngineTasks>('engine-worker', 'The training process'),
  };
  const context: AppContext = {
    version,
    dataDir,
    resourcesDir: join(root, 'resources'),
    now,
    events,
    jobs: new Jobs(events, now),
    projects: new Projects(events, now),
    settings,
    workers,
    log,
  };
  return {
    context,
    handlers: createHandlers(context),
    async [Symbol.asyncDispose]() {
      context.jobs.cancelAll();
      await context.projects.close();
      for (const one of Object.values(workers)) one.stop();
    },
  };
}
