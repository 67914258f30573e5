import type { Jobs } from '../jobs/jobs.ts';
import type { Projects } from '../project/projects.ts';
import type { SettingsStore } from '../settings/settings-store.ts';
import type { EngineTasks } from '../workers/engine-tasks.ts';
import type { MediaTasks } from '../workers/media-tasks.ts';
import type { WorkerClient } from '../workers/worker-client.ts';
import type { EventHub } from './events.ts';

/** What the host gives to every feature. */
export interface AppContext {
  readonly version: string;
  /** The person's folder of this program: settings, models, logs. */
  readonly dataDir: string;
  /** What ships with the program: starter-model/, sample-project/. */
  readonly resourcesDir: string;
  readonly now: () => number;
  readonly events: EventHub;
  readonly jobs: Jobs;
  readonly projects: Projects;
  readonly settings: SettingsStore;
  readonly workers: Workers;
  readonly log: (text: string) => void;
}

/** Processes for heavy work; each is started when first needed, and again after it ended. */
export interface Workers {
  /** Decoding, thumbnails, hashes, assisting models. */
  readonly media: WorkerClient<MediaTasks>;
  /** Chat, previews of samples, inspections: what answers a person at the screen. */
  readonly engine: WorkerClient<EngineTasks>;
  /** The training run, apart, so that neither can take the other down. */
  readonly training: WorkerClient<EngineTasks>;
}
