import { asLensmithError } from '../../base/errors.ts';
import { cancellable } from '../../generation/cancel.ts';
import type { RunPlan } from '../../ipc/contract/runs.ts';
import { findFitting, outOfMemory } from '../../training/memory-plan.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import { estimateTime } from './estimate-time.ts';
import { measureAnswer } from './measure-answer.ts';
import { measureSteps } from './measure-steps.ts';
import { withOpenTraining } from './open-training.ts';
import type { OpenTraining } from './open-training.ts';
import { runPlanOf } from './run-plan.ts';
import { answersShown } from './train-request.ts';
import type { TrainRequest } from './train-request.ts';

export interface PlanInput {
  /** `outDir` is not touched. */
  readonly request: TrainRequest;
}

/** How far it is, in words. */
export interface PlanProgress {
  readonly note: string;
}

/**
 * What a run would need: opens model and data as the run does, and measures a few steps. A
 * cancellation ends the one at work between its ops: on a slow device it may take minutes.
 * @throws the errors of withOpenTraining, job/cancelled
 */
export function planTask(
  { request }: PlanInput,
  { signal, report }: TaskContext<PlanProgress>,
): Promise<RunPlan> {
  const onReading = (done: number, total: number): void =>
    report({ note: `Reading samples, ${done} of ${total}` });
  const plan = (): Promise<RunPlan> =>
    withOpenTraining(request, { onReading, signal }, async (open) => {
      report({ note: 'Timing a few steps' });
      return measuredPlan(request, open, signal);
    });
  return inDeviceTurn(signal, 'The estimate', () => {
    report({ note: 'Opening the model' });
    return cancellable(signal, 'The estimate', plan);
  });
}

async function measuredPlan(
  request: TrainRequest,
  open: OpenTraining,
  signal: AbortSignal,
): Promise<RunPlan> {
  const { plan } = open;
  try {
    const measure = await measureSteps(open, signal);
    const answer = await measureAnswer(open, request.evalAnswers ?? answersShown, signal);
    return runPlanOf(plan, {
      time: estimateTime(request, open, measure, answer),
      measuredPeakBytes: measure.peakBytes,
    });
  } catch (thrown) {
    const error = asLensmithError(thrown);
    if (error.code !== 'memory/out-of-memory') throw error;
    const { settings, memoryLimitBytes } = plan;
    const shape = { ...open.data.largest(settings.batchSize), recompute: settings.recompute };
    const { loaded, trainables } = open;
    const known = outOfMemory(loaded, trainables, shape, settings, memoryLimitBytes, error);
    const fitting = findFitting(loaded, trainables, shape, settings, memoryLimitBytes);
    const hints = fitting === null && known.hint !== undefined ? [known.hint] : [];
    return runPlanOf(plan, undefined, [known.message, ...hints], fitting);
  }
}
