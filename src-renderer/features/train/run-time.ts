/** How long a run takes or took, and what that rests on. */
import type { Run, RunProgress } from '../../../src-main/ipc/contract/runs.ts';
import { coreWords } from '../../core-words/core-words.ts';
import { formatDuration } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

export interface RunTime {
  /** In all; null: not known. */
  readonly seconds: number | null;
  /** It is over: this is no estimate. */
  readonly isMeasured: boolean;
  readonly note: string;
}

export function runTime(
  run: Pick<Run, 'state' | 'seconds' | 'plan'>,
  progress: Pick<RunProgress, 'secondsLeft'> | null,
): RunTime {
  const planned = run.plan?.time ?? null;
  const before = planned === null ? null : formatDuration(planned.seconds);
  if (run.state === 'done' || run.state === 'stopped') {
    const note = before === null ? texts().noEstimate : texts().estimateWas(before);
    return { seconds: run.seconds, isMeasured: true, note };
  }
  // Corrected by the steps as they are, once there are some.
  const left = progress?.secondsLeft ?? null;
  if (left !== null) {
    return { seconds: run.seconds + left, isMeasured: false, note: texts().fromSteps(before) };
  }
  const note = planned === null ? texts().noEstimate : coreWords(planned.basis);
  return { seconds: planned?.seconds ?? null, isMeasured: false, note };
}
