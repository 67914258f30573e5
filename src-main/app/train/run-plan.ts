import { totalmem } from 'node:os';
import type { RunPlan } from '../../ipc/contract/runs.ts';
import type { TrainPlan } from './open-training.ts';

/** Windows get the first ones; files with more are better mended elsewhere. */
const shownIssues = 100;

/** What a window shows of a plan. @param measured what worked steps told, if there were any */
export function runPlanOf(
  plan: TrainPlan,
  measured: Pick<RunPlan, 'time' | 'measuredPeakBytes'> = { time: null, measuredPeakBytes: null },
  notes: readonly string[] = [],
): RunPlan {
  const { settings, memory } = plan;
  const leading = settings.parts.includes('llm') ? 'llm' : (settings.parts[0] ?? 'llm');
  return {
    samples: plan.samples,
    heldOutSamples: plan.heldOutSamples,
    totalSteps: plan.totalSteps,
    stepsPerEpoch: plan.stepsPerEpoch,
    trainedParameters: plan.trainedParameters,
    totalParameters: plan.totalParameters,
    learningRate: settings.learningRates[leading],
    memory: { ...memory },
    memoryAvailableBytes: plan.memoryLimitBytes,
    memoryTotalBytes: totalmem(),
    ...measured,
    issues: plan.issues
      .slice(0, shownIssues)
      .map(({ code, file, line, message }) => ({ code, message: `${file}:${line}: ${message}` })),
    unsupervised: plan.unsupervised.length,
    notes: [...plan.notes, ...notes],
  };
}
