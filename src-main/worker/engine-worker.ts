/** Entry of an engine worker: the one kind of process that loads the native addon for a window. */
import { engineTasks } from '../app/workers/engine-tasks.ts';
import { serveTasks } from './serve-tasks.ts';

serveTasks(engineTasks);
