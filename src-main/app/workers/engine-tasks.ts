/** What an engine worker does. Only the worker imports this file for more than its type. */
import { inspectTask } from '../inspect/inspect-task.ts';

export const engineTasks = {
  inspect: inspectTask,
};

export type EngineTasks = typeof engineTasks;
