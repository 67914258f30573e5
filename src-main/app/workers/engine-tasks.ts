/** What an engine worker does. Only the worker imports this file for more than its type. */
import { doctorTask } from '../doctor/doctor-task.ts';
import { exportTask } from '../export/export-task.ts';
import { generateTask } from '../generate/generate-task.ts';
import { inspectTask } from '../inspect/inspect-task.ts';
import { preflightCountTask, preflightTask } from '../preflight/preflight-task.ts';
import { planTask } from '../train/plan-task.ts';
import { endTrainingTask, trainTask } from '../train/train-task.ts';

export const engineTasks = {
  doctor: doctorTask,
  exportModel: exportTask,
  generate: generateTask,
  inspect: inspectTask,
  plan: planTask,
  preflight: preflightTask,
  preflightCount: preflightCountTask,
  train: trainTask,
  endTraining: endTrainingTask,
};

export type EngineTasks = typeof engineTasks;
