/** The training run as a worker does it, and the way to end it without losing a step. */
import type { RunPlan, RunResult } from '../../ipc/contract/runs.ts';
import type { TrainingEvent } from '../../training/training-run.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { runPlanOf } from './run-plan.ts';
import { runTraining } from './train.ts';
import type { TrainOutcome, TrainProgress } from './train.ts';
import type { TrainRequest } from './train-request.ts';

export interface TrainInput {
  readonly runId: number;
  readonly request: TrainRequest;
  /** Takes not a step more: writes the weights of the last checkpoint as the result. */
  readonly finishAtOnce?: boolean | undefined;
}

export type TrainTaskEvent =
  | { readonly kind: 'reading'; readonly done: number; readonly total: number }
  | { readonly kind: 'plan'; readonly plan: RunPlan }
  | TrainingEvent;

/** `paused`: it waits to go on from a checkpoint, or from its start when it had no step yet. */
export type TrainTaskOutput =
  | { readonly kind: 'paused'; readonly step: number }
  | { readonly kind: 'done'; readonly result: RunResult };

/** `pause`: to go on later; `finish`: with what there is as the result. */
export type EndOfTraining = 'pause' | 'finish';

interface Control {
  readonly pause: AbortController;
  readonly finish: AbortController;
  /** Ends what comes before the first step, evaluations too, where there is nothing to keep. */
  readonly opening: AbortController;
  hasBegun: boolean;
}

const atWork = new Map<number, Control>();

/** @throws the errors of runTraining; job/cancelled by the signal alone */
export async function trainTask(
  { runId, request, finishAtOnce }: TrainInput,
  { signal, report }: TaskContext<TrainTaskEvent>,
): Promise<TrainTaskOutput> {
  const control: Control = {
    pause: new AbortController(),
    finish: new AbortController(),
    opening: new AbortController(),
    hasBegun: false,
  };
  atWork.set(runId, control);
  if (finishAtOnce === true) control.finish.abort();
  try {
    const outcome = await runTraining(request, {
      signal: AbortSignal.any([signal, control.opening.signal]),
      ending: { pause: control.pause.signal, finish: control.finish.signal },
      onProgress(event) {
        control.hasBegun ||= isAtSteps(event, request);
        if (event.kind !== 'plan') return report(event);
        report({ kind: 'plan', plan: runPlanOf(event) });
      },
    });
    return outputOf(outcome);
  } catch (error) {
    if (control.opening.signal.aborted && !signal.aborted) return { kind: 'paused', step: 0 };
    throw error;
  } finally {
    atWork.delete(runId);
  }
}

/** Whether a step is at work after it, which is finished for a pause. */
function isAtSteps(event: TrainProgress, { evaluateFirst }: TrainRequest): boolean {
  if (event.kind !== 'start') return event.kind === 'evaluation' || event.kind === 'step';
  return event.resumedFrom > 0 || evaluateFirst !== true;
}

/** @returns whether the run is at work here */
export function endTrainingTask({
  runId,
  how,
}: {
  readonly runId: number;
  readonly how: EndOfTraining;
}): Promise<boolean> {
  const control = atWork.get(runId);
  if (control === undefined) return Promise.resolve(false);
  control[how].abort();
  // A result needs the model open; a pause needs nothing more.
  if (how === 'pause' && !control.hasBegun) control.opening.abort();
  return Promise.resolve(true);
}

function outputOf(outcome: TrainOutcome): TrainTaskOutput {
  if (outcome.paused) return { kind: 'paused', step: outcome.steps };
  const { steps, savedStep, outputPath, best, stoppedEarly, plan } = outcome;
  const isAdapter = plan.settings.lora !== null;
  return {
    kind: 'done',
    result: { step: steps, savedStep, outputPath, isAdapter, best, stoppedEarly },
  };
}
