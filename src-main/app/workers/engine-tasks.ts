/** What an engine worker does. Only the worker imports this file for more than its type. */
import { generateTask } from '../generate/generate-task.ts';
import { inspectTask } from '../inspect/inspect-task.ts';

export const engineTasks = {
  generate: generateTask,
  inspect: inspectTask,
};

export type EngineTasks = typeof engineTasks;
