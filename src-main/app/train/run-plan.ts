import type { RunPlan } from '../../ipc/contract/runs.ts';
import type { FittingSettings } from '../../training/memory-plan.ts';
import type { TrainPlan } from './open-training.ts';

/** Windows get the first ones; files with more are better mended elsewhere. */
const shownIssues = 100;

/** What a window shows of a plan. @param measured what worked steps told, if there were any */
export function runPlanOf(
  plan: TrainPlan,
  measured: Pick<RunPlan, 'time' | 'measuredPeakBytes'> = { time: null, measuredPeakBytes: null },
  notes: readonly string[] = [],
  fitting: FittingSettings | null = plan.fitting,
): RunPlan {
  const { settings, memory, place } = plan;
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
    device: place.device,
    fitting: fitting === null ? null : inWindow(fitting),
    ...measured,
    issues: plan.issues
      .slice(0, shownIssues)
      .map(({ code, file, line, message }) => ({ code, message: `${file}:${line}: ${message}` })),
    unsupervised: plan.unsupervised.length,
    notes: [...plan.notes, ...notes],
    choices: [...plan.choices],
  };
}

/** A window has activations of all layers computed twice, or of none. */
function inWindow({ recomputesAll: _, ...fitting }: FittingSettings): RunPlan['fitting'] {
  return { ...fitting, recompute: fitting.recompute > 0 };
}
