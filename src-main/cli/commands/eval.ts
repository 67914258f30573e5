import { evaluateFile } from '../../app/evaluate/evaluate.ts';
import type { EvaluateResult } from '../../app/evaluate/evaluate.ts';
import { metrics } from '../../eval/metrics/index.ts';
import type { Command } from '../command.ts';
import { formatTable } from '../format.ts';
import { UsageError } from '../options.ts';
import { sessionFromArguments, sessionOptions } from '../session-options.ts';

const metricIds = metrics.map(({ id }) => id);
const defaultMaxNewTokens = 128;

export const evaluate: Command = {
  positionals: [],
  options: {
    model: { value: 'DIR', help: 'model folder', required: true },
    data: { value: 'FILE', help: 'LLaVA JSON, ShareGPT or messages JSONL', required: true },
    metrics: { value: 'LIST', help: `of ${metricIds.join(',')} (default: all)` },
    limit: { value: 'N', help: 'only the first N samples' },
    'max-new-tokens': {
      value: 'N',
      help: `length of an answer at most (default ${defaultMaxNewTokens})`,
    },
    batch: {
      value: 'N',
      help: 'answers written together (default 8; 1: one after the other)',
    },
    ...sessionOptions,
  },
  async run(args, context) {
    const { output, signal } = context;
    const wanted = args.list('metrics') ?? metricIds;
    const unknown = wanted.find((id) => !metricIds.includes(id));
    if (wanted.length === 0 || unknown !== undefined) {
      const got = unknown ?? 'none';
      throw new UsageError('--metrics is wrong.', { expected: metricIds.join(', '), got });
    }
    const limit = args.integer('limit', 1);
    const maxNewTokens = args.integer('max-new-tokens', 1) ?? defaultMaxNewTokens;
    using session = await sessionFromArguments(args.required('model'), args, context);
    const result = await evaluateFile(session, {
      data: args.required('data'),
      metrics: wanted,
      settings: { maxNewTokens },
      limit,
      batch: args.integer('batch', 1),
      onProgress: (done, total) => output.progress('evaluating', done, total),
      signal,
    });
    for (const { file, line, message } of [...result.issues, ...result.skipped]) {
      output.note(`warning: ${file}:${line}: ${message} (left out)`);
    }
    output.result(result, () => describe(result));
  },
};

function describe({ overall, samples }: EvaluateResult): string {
  const ids = Object.keys(overall);
  const shown = (value: number | undefined): string =>
    value === undefined ? '' : value.toFixed(4);
  const rows = samples.map(({ id, scores, answers }) => [
    id,
    ...ids.map((metric) => shown(scores[metric])),
    answers.map(({ prediction, reference }) => `${prediction} | ${reference}`).join(' / '),
  ]);
  const numeric = ids.map((_, i) => i + 1);
  const hasAnswers = samples.some(({ answers }) => answers.length > 0);
  const header = ['sample', ...ids, hasAnswers ? 'said | wanted' : ''];
  const total = [`all ${samples.length}`, ...ids.map((metric) => shown(overall[metric])), ''];
  return formatTable([header, ...rows, total], numeric);
}
