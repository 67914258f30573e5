import { asLensmithError } from '../../base/errors.ts';
import type { RunPlan } from '../../ipc/contract/runs.ts';
import { outOfMemory } from '../../training/memory-plan.ts';
import type { TaskContext } from '../workers/worker-client.ts';
import { inDeviceTurn } from '../session/device-turn.ts';
import { measureSteps } from './measure-steps.ts';
import type { StepMeasure } from './measure-steps.ts';
import { withOpenTraining } from './open-training.ts';
import type { OpenTraining } from './open-training.ts';
import { runPlanOf } from './run-plan.ts';
import type { TrainRequest } from './train-request.ts';

export interface PlanInput {
  /** `outDir` is not touched. */
  readonly request: TrainRequest;
}

/** How far it is, in words. */
export interface PlanProgress {
  readonly note: string;
}

/** A forward pass is about a third of a step: the backward pass is two more of the same size. */
const forwardShare = 1 / 3;

/**
 * What a run would need: opens model and data as the run does, and measures a few steps.
 * @throws the errors of withOpenTraining, job/cancelled
 */
export function planTask(
  { request }: PlanInput,
  { signal, report }: TaskContext<PlanProgress>,
): Promise<RunPlan> {
  const onReading = (done: number, total: number): void =>
    report({ note: `Reading samples, ${done} of ${total}` });
  return inDeviceTurn(signal, 'The estimate', () => {
    report({ note: 'Opening the model' });
    return withOpenTraining(request, { onReading, signal }, async (open) => {
      report({ note: 'Timing a few steps' });
      return measuredPlan(request, open, signal);
    });
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
    return runPlanOf(plan, {
      time: timeOf(request, open, measure),
      measuredPeakBytes: measure.peakBytes,
    });
  } catch (thrown) {
    const error = asLensmithError(thrown);
    if (error.code !== 'memory/out-of-memory') throw error;
    const { settings, memoryLimitBytes } = plan;
    const shape = { ...open.data.largest(settings.batchSize), recompute: settings.recompute };
    const { loaded, trainables } = open;
    const known = outOfMemory(loaded, trainables, shape, settings, memoryLimitBytes, error);
    return runPlanOf(plan, undefined, [`${known.message} ${known.hint ?? ''}`]);
  }
}

function timeOf(
  request: TrainRequest,
  { plan, data, heldOut }: OpenTraining,
  measure: StepMeasure,
): NonNullable<RunPlan['time']> {
  const { stepSeconds, imageSeconds, tokensPerStep, steps } = measure;
  const images = data.largest(data.size).images;
  const seenOnce = Math.min(1, plan.totalSteps / plan.stepsPerEpoch);
  const held = heldOut?.largest(heldOut.size) ?? { tokens: 0, images: 0 };
  const evaluations = heldOut === null ? 0 : countEvaluations(request, plan);
  const evaluationSeconds = (held.tokens / tokensPerStep) * stepSeconds * forwardShare;
  const seconds =
    plan.totalSteps * stepSeconds +
    (images * seenOnce + (evaluations > 0 ? held.images : 0)) * imageSeconds +
    evaluations * evaluationSeconds;
  return { seconds, stepSeconds, basis: basisOf(steps, plan.totalSteps, evaluations) };
}

function countEvaluations(
  { evalEvery, evaluateFirst }: TrainRequest,
  { totalSteps, stepsPerEpoch }: OpenTraining['plan'],
): number {
  return Math.ceil(totalSteps / (evalEvery ?? stepsPerEpoch)) + (evaluateFirst === true ? 1 : 0);
}

function basisOf(measured: number, total: number, evaluations: number): string {
  const steps = measured === 1 ? '1 step was' : `${measured} steps were`;
  const more = evaluations === 0 ? '' : `, and ${evaluations} evaluations`;
  return `${steps} worked through on this machine; the run has ${total}${more}.`;
}
