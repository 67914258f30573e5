/** Entry of an engine worker: the one kind of process that loads the native addon for a window. */
import { threadsOf } from '../app/settings/worker-environment.ts';
import { engineTasks } from '../app/workers/engine-tasks.ts';
import { examineDevicesBy, openDevice } from '../tensor/device.ts';
import { deviceExaminer } from './examine-device.ts';
import { serveTasks } from './serve-tasks.ts';
import { stepAside } from './step-aside.ts';

stepAside();
examineDevicesBy(deviceExaminer());
try {
  openDevice({ threads: threadsOf(process.env) });
} catch (error) {
  // The first task meets it again, and tells the person.
  console.error(error);
}
serveTasks(engineTasks);
