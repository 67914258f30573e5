/** What workers learn of the person's settings: by their environment, so no task has to carry them. */
import type { Settings } from '../../ipc/contract/settings.ts';
import { deviceVariable } from '../../tensor/device-choice.ts';

const threadsName = 'LENSMITH_THREADS';

type Used = Pick<Settings, 'threads' | 'device' | 'ffmpegPath'>;

export function workerEnvironment({ threads, device, ffmpegPath }: Used): NodeJS.ProcessEnv {
  return {
    [threadsName]: String(threads),
    // `auto` leaves what the environment of the core itself may say.
    ...(device === 'auto' ? {} : { [deviceVariable]: device }),
    // media/ffmpeg.ts looks there first; a path that does not work is passed over.
    ...(ffmpegPath === '' ? {} : { FFMPEG_PATH: ffmpegPath }),
  };
}

/** Threads of the engine; 0: one for each core. */
export function threadsOf(env: NodeJS.ProcessEnv): number {
  const threads = Number(env[threadsName] ?? 0);
  return Number.isSafeInteger(threads) && threads >= 0 ? threads : 0;
}

/** Whether workers that run have to start anew to follow a change. */
export function concernsWorkers(before: Used, after: Used): boolean {
  return (
    before.threads !== after.threads ||
    before.device !== after.device ||
    before.ffmpegPath !== after.ffmpegPath
  );
}
