/** What an engine worker does. Only the worker imports this file for more than its type. */
import { checkCompositionTask, composeTask } from '../compose/compose-task.ts';
import { cardTask } from '../doctor/card-task.ts';
import { doctorTask } from '../doctor/doctor-task.ts';
import { evaluationDataTask } from '../evaluations/data-task.ts';
import { scoreTask } from '../evaluations/score-task.ts';
import { exportTask } from '../export/export-task.ts';
import { generateTask } from '../generate/generate-task.ts';
import { closeModelsTask, openModelsTask } from '../generate/open-models-task.ts';
import { checkFolderTask } from '../inspect/check-task.ts';
import { inspectTask } from '../inspect/inspect-task.ts';
import { preflightCountTask, preflightTask } from '../preflight/preflight-task.ts';
import { quantizeTask } from '../quantize/quantize-task.ts';
import { planTask } from '../train/plan-task.ts';
import { endTrainingTask, trainTask } from '../train/train-task.ts';

export const engineTasks = {
  card: cardTask,
  checkComposition: checkCompositionTask,
  checkFolder: checkFolderTask,
  closeModels: closeModelsTask,
  compose: composeTask,
  doctor: doctorTask,
  evaluationData: evaluationDataTask,
  exportModel: exportTask,
  generate: generateTask,
  inspect: inspectTask,
  openModels: openModelsTask,
  plan: planTask,
  preflight: preflightTask,
  preflightCount: preflightCountTask,
  quantizeModel: quantizeTask,
  scoreSamples: scoreTask,
  train: trainTask,
  endTraining: endTrainingTask,
};

export type EngineTasks = typeof engineTasks;
