import type { TrainPlan } from '../app/train/open-training.ts';
import type { TrainProgress } from '../app/train/train.ts';
import { formatBytes, formatCount, formatDuration } from './format.ts';
import { fittingWords } from '../training/memory-plan.ts';
import type { Output } from './output.ts';

/** A bar on terminals; otherwise a line a step, thinned out in long runs. */
export function trainingReporter(output: Output): (event: TrainProgress) => void {
  let total = 0;
  let lastLineMs = -Infinity;
  return (event) => {
    switch (event.kind) {
      case 'reading':
        return output.progress('reading', event.done, event.total);
      case 'plan':
        return describePlan(event, output);
      case 'start':
        total = event.totalSteps;
        if (event.resumedFrom > 0) output.note(`going on after step ${event.resumedFrom}`);
        return;
      case 'step': {
        const { step, loss, tokensPerSecond } = event.line;
        const left = formatDuration(event.secondsLeft * 1000);
        const detail = `loss ${loss.toFixed(4)}  ${Math.round(tokensPerSecond)} tokens/s`;
        if (process.stderr.isTTY) return output.progress('training', step, total, detail);
        const now = performance.now();
        if (step !== total && step !== 1 && now - lastLineMs < plainLineMs) return;
        lastLineMs = now;
        return output.note(`step ${step}/${total}  ${detail}  ${left} left`);
      }
      case 'evaluation':
        output.note(
          `step ${event.step}: held-out loss ${event.loss.toFixed(4)}${event.best ? ' (best)' : ''}`,
        );
        for (const { id, prediction, reference } of event.answers) {
          output.note(
            `  ${id}: ${JSON.stringify(prediction)}, wanted ${JSON.stringify(reference)}`,
          );
        }
        return;
      case 'note':
        return output.note(`note: ${event.text}`);
      case 'evaluating':
      case 'checkpoint':
        return;
    }
  };
}

const plainLineMs = 1000;

/** That a plan needs more than there is, and what would do. */
export function fitNotes({ memory, memoryLimitBytes, fitting, settings }: TrainPlan): string[] {
  if (memory.totalBytes <= memoryLimitBytes) return [];
  const [needed, limit] = [memory.totalBytes, memoryLimitBytes].map(formatBytes);
  const remedy =
    fitting === null
      ? 'No batch size should fit: train fewer parts or by --method qlora, or use a smaller model.'
      : fittingWords(fitting, settings);
  return [`It may not fit: it needs about ${needed}, and ${limit} may be used. ${remedy}`];
}

function describePlan(plan: TrainPlan, output: Output): void {
  for (const note of [...fitNotes(plan), ...plan.notes]) output.note(`warning: ${note}`);
  for (const choice of plan.choices) output.note(`note: ${choice}`);
  for (const { file, line, message } of plan.issues) {
    output.note(`warning: ${file}:${line}: ${message} (left out)`);
  }
  if (plan.unsupervised.length > 0) {
    const shown = plan.unsupervised.slice(0, 10).join(', ');
    output.note(
      `warning: ${plan.unsupervised.length} samples without an answer are left out: ${shown}`,
    );
  }
  const held = plan.heldOutSamples > 0 ? `, ${plan.heldOutSamples} held out` : '';
  output.note(
    `${plan.samples} samples${held}, ${plan.totalSteps} steps, ${formatCount(plan.trainedParameters)} trained parameters, about ${formatBytes(plan.memory.totalBytes)}`,
  );
}
