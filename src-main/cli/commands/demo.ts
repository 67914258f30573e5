import { basename, join, relative } from 'node:path';
import { runDemo } from '../../app/demo/demo.ts';
import type { DemoResult, DemoStage } from '../../app/demo/demo.ts';
import { packageRoot } from '../../base/package-root.ts';
import type { Command } from '../command.ts';
import { formatBytes, formatCount, formatDuration, formatTable } from '../format.ts';
import { trainingReporter } from '../training-reporter.ts';

const defaultSteps = 300;

const titles: Readonly<Record<DemoStage, string>> = {
  before: '1/4  The starter model answers about parts that it has never seen',
  training: '2/4  It learns them: LoRA on the language model, and the projector',
  after: '3/4  The same questions again',
  export: '4/4  The adapter is exported, loaded again and compared',
};

export const demo: Command = {
  positionals: [],
  options: {
    out: { value: 'DIR', help: 'for the run and the adapter (default demo-output)' },
    steps: { value: 'N', help: `training steps (default ${defaultSteps})` },
  },
  async run(args, { output, device, signal }) {
    const request = {
      ...device,
      resourcesDir: join(packageRoot(), 'resources'),
      outDir: args.text('out') ?? 'demo-output',
      steps: args.integer('steps', 1) ?? defaultSteps,
    };
    const result = await runDemo(request, {
      onStage: (stage) => output.note(titles[stage]),
      onAnswer: (done, total) => output.progress('answering', done, total),
      onTraining: trainingReporter(output),
      signal,
    });
    output.result(result, () => describe(result));
  },
};

function describe(result: DemoResult): string {
  const { accuracy, adapter, seconds } = result;
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const right = (share: number): string =>
    `${percent(share)} (${Math.round(share * result.testSamples)} of ${result.testSamples})`;
  const figures = [
    ['right answers before', right(accuracy.before)],
    ['right answers after', right(accuracy.after)],
    ['loss', `${result.loss.first.toFixed(3)} → ${result.loss.last.toFixed(3)}`],
    ['trained', `${formatCount(result.trainedParameters)} of ${formatCount(result.parameters)} parameters, ${result.steps} steps, ${result.trainSamples} samples`],
    ['training', `${formatDuration(1000 * seconds.training)}, ${Math.round(result.tokensPerSecond)} tokens/s`],
    ['engine memory at most', formatBytes(result.peakMemoryBytes)],
    ['device', result.device],
    ['adapter', `${relative('.', adapter.outDir)}: ${adapter.tensors} tensors, largest logit difference ${adapter.largestLogitDifference.toExponential(1)}`],
    ['whole demo', formatDuration(1000 * seconds.total)],
  ]; // prettier-ignore
  const answers = result.answers.map((answer) => [
    basename(answer.media),
    answer.wanted,
    answer.before,
    answer.after,
  ]);
  const table = formatTable([['held-out', 'right answer', 'before', 'after'], ...answers]);
  const hint = `Try it: npm run -s lensmith -- chat resources/starter-model --adapter ${relative('.', adapter.outDir)}`;
  return `\n${table}\n\n${formatTable(figures)}\n\n${hint}\n`;
}
