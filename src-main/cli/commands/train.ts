import { planTraining, runTraining } from '../../app/train/train.ts';
import type { TrainOutcome } from '../../app/train/train.ts';
import type { TrainPlan } from '../../app/train/open-training.ts';
import type { TrainRequest } from '../../app/train/train-request.ts';
import { optimizerMemories, optimizers } from '../../training/optimizer-state.ts';
import { modelParts, trainingMethods } from '../../training/parts.ts';
import type { ModelPart } from '../../training/parts.ts';
import { quantFormats } from '../../tensor/quantized.ts';
import { schedules } from '../../training/schedule.ts';
import type { CommandContext, Command } from '../command.ts';
import { formatBytes, formatCount, formatTable } from '../format.ts';
import { UsageError } from '../options.ts';
import type { Arguments } from '../options.ts';
import { fitNotes, trainingReporter } from '../training-reporter.ts';

export const train: Command = {
  positionals: [],
  // prettier-ignore
  options: {
    model: { value: 'DIR', help: 'model folder', required: true },
    data: { value: 'FILE', help: 'LLaVA JSON, ShareGPT or messages JSONL', required: true },
    method: { value: trainingMethods.join('|'), help: 'what trains: the projector, adapters, adapters beside weights in NF4, or whole parts', required: true },
    out: { value: 'DIR', help: 'for the result, checkpoints and the log', required: true },
    train: { value: 'LIST', help: 'parts that train, of vision,projector,llm (default: lora and qlora llm; projector projector; full projector,llm)' },
    'eval-data': { value: 'FILE', help: 'held-out samples' },
    rank: { value: 'N', help: 'adapters: rank (default 16)' },
    alpha: { value: 'X', help: 'adapters: alpha (default twice the rank)' },
    dropout: { value: 'X', help: 'adapters: share of dropped inputs (default 0)' },
    rslora: { help: 'adapters: scale by alpha / sqrt(rank)' },
    'target-modules': { value: 'LIST', help: 'adapters: names, a pattern for whole paths, or all-linear (default all-linear, in the parts that train)' },
    'target-modules-vision': { value: 'LIST', help: 'adapters: the same for the vision tower alone' },
    'target-modules-projector': { value: 'LIST', help: 'adapters: adapters on the projector (default: it trains whole, when named by --train)' },
    'modules-to-save': { value: 'LIST', help: 'adapters: modules trained and saved whole' },
    'init-adapter': { value: 'DIR', help: 'adapters: go on from a PEFT adapter, with its settings' },
    lr: { value: 'X', help: 'learning rate (default: lora and qlora 2e-4, projector 1e-3, full 2e-5)' },
    'lr-vision': { value: 'X', help: 'of the vision tower (default --lr)' },
    'lr-projector': { value: 'X', help: 'of the projector (default --lr)' },
    'weight-decay': { value: 'X', help: 'of AdamW; never on biases and norms (default 0.01)' },
    'warmup-steps': { value: 'N', help: 'updates over which the rate rises (default 0)' },
    schedule: { value: schedules.join('|'), help: 'of the learning rate (default constant)' },
    'batch-size': { value: 'N', help: 'samples packed together (default 4)' },
    'gradient-accumulation': { value: 'N', help: 'batches of one update (default 1)' },
    epochs: { value: 'X', help: 'passes over the data (default 1)' },
    'max-steps': { value: 'N', help: 'updates, instead of --epochs' },
    'max-grad-norm': { value: 'X', help: 'clip gradients to this norm; 0 does not (default 1)' },
    'max-length': { value: 'N', help: 'longest sample in tokens (default: the positions of the model)' },
    seed: { value: 'N', help: 'of everything random (default 0)' },
    'no-shuffle': { help: 'take the samples in the order of the file' },
    dtype: { value: 'f32|bf16', help: 'of the weights in memory (default: as stored)' },
    quantize: { value: quantFormats.join('|'), help: 'hold frozen matrices of the decoder in few bits (default: qlora nf4, or what the folder holds)' },
    recompute: { value: 'on|off|auto|N', help: 'compute activations twice, those of all layers or of the first N: less memory for up to a third more work (default auto: with qlora, those of as many layers as memory is too scarce for)' },
    optimizer: { value: optimizers.join('|'), help: 'adamw-8bit keeps the moments in a byte a value, a quarter of the memory (default adamw)' },
    'optimizer-memory': { value: optimizerMemories.join('|'), help: "where the moments lie: on the device, in the machine's memory (host), or there once the device is full (default auto)" },
    'memory-limit': { value: 'GIB', help: 'use no more memory than this (default: nine tenths of what is free)' },
    'feature-cache': { value: 'DIR|off', help: 'where features of a frozen tower are kept (default OUT/features)' },
    'save-every': { value: 'N', help: 'updates between checkpoints (default: each epoch, at least 50 apart, and every 500)' },
    resume: { help: 'go on from the last checkpoint in OUT' },
    overwrite: { help: 'replace what an earlier run left in OUT' },
    'eval-every': { value: 'N', help: 'updates between evaluations (default: each epoch)' },
    'eval-answers': { value: 'N', help: 'held-out samples answered at each evaluation (default 2)' },
    patience: { value: 'N', help: 'stop after so many evaluations without a better one' },
    keep: { value: 'last|best', help: 'weights to leave (default last; with --patience best)' },
    plan: { help: 'only tell what the run would do and need; nothing is trained or written' },
    log: { value: 'FILE.jsonl', help: 'one line a step (default OUT/log.jsonl)' },
  },
  async run(args, context) {
    const request = requestFrom(args, context);
    const { output, signal } = context;
    const onProgress = trainingReporter(output);
    if (args.flag('plan')) {
      const plan = await planTraining(request, { onProgress, signal });
      return output.result(plan, () => describePlan(plan));
    }
    const outcome = await runTraining(request, { onProgress, signal });
    output.result(documentOf(outcome), () => describe(outcome));
  },
};

function requestFrom(args: Arguments, context: CommandContext): TrainRequest {
  const rate = { min: 0 };
  if (args.flag('resume') && args.flag('overwrite')) {
    throw new UsageError('--resume and --overwrite exclude each other.');
  }
  if (args.text('epochs') !== undefined && args.text('max-steps') !== undefined) {
    throw new UsageError('--epochs and --max-steps exclude each other.');
  }
  const method = args.choice('method', trainingMethods);
  if (method === undefined) throw new UsageError('--method is missing.');
  const gib = args.number('memory-limit', { min: 0 });
  return {
    ...context.device,
    modelDir: args.required('model'),
    dataPath: args.required('data'),
    outDir: args.required('out'),
    method,
    evalDataPath: args.text('eval-data'),
    parts: partsFrom(args),
    rank: args.integer('rank', 1),
    alpha: args.number('alpha', rate),
    dropout: args.number('dropout', { min: 0, max: 0.999 }),
    rslora: args.flag('rslora') ? true : undefined,
    targetModules: targetsFrom(args, 'target-modules'),
    targetModulesVision: targetsFrom(args, 'target-modules-vision'),
    targetModulesProjector: targetsFrom(args, 'target-modules-projector'),
    modulesToSave: args.list('modules-to-save'),
    initAdapter: args.text('init-adapter'),
    learningRate: args.number('lr', rate),
    learningRateVision: args.number('lr-vision', rate),
    learningRateProjector: args.number('lr-projector', rate),
    weightDecay: args.number('weight-decay', rate),
    warmupSteps: args.integer('warmup-steps', 0),
    schedule: args.choice('schedule', schedules),
    batchSize: args.integer('batch-size', 1),
    gradientAccumulation: args.integer('gradient-accumulation', 1),
    epochs: args.number('epochs', { min: 1e-6 }),
    maxSteps: args.integer('max-steps', 1),
    maxGradNorm: args.number('max-grad-norm', rate),
    seed: args.number('seed', { min: 0, max: 2 ** 32 - 1, whole: true }),
    shuffle: !args.flag('no-shuffle'),
    dtype: args.choice('dtype', ['f32', 'bf16'] as const),
    maxLength: args.integer('max-length', 1),
    quantize: args.choice('quantize', quantFormats),
    recompute: recomputeFrom(args),
    optimizer: args.choice('optimizer', optimizers),
    optimizerMemory: args.choice('optimizer-memory', optimizerMemories),
    patience: args.integer('patience', 1),
    saveEvery: args.integer('save-every', 1),
    evalEvery: args.integer('eval-every', 1),
    evalAnswers: args.integer('eval-answers', 0),
    keep: args.choice('keep', ['last', 'best'] as const),
    resume: args.flag('resume'),
    overwrite: args.flag('overwrite'),
    logPath: args.text('log'),
    featureCache: args.text('feature-cache'),
    memoryLimitBytes: gib === undefined ? undefined : Math.floor(gib * 2 ** 30),
  };
}

function partsFrom(args: Arguments): ModelPart[] | undefined {
  return args.list('train')?.map((word) => {
    const part = modelParts.find((known) => known === word);
    if (part !== undefined) return part;
    throw new UsageError('--train is wrong.', { expected: modelParts.join(', '), got: word });
  });
}

function recomputeFrom(args: Arguments): boolean | number | undefined {
  const word = args.text('recompute') ?? 'auto';
  if (word === 'auto') return undefined;
  if (word === 'on' || word === 'off') return word === 'on';
  if (/^\d+$/.test(word)) return Number(word);
  throw new UsageError('--recompute is wrong.', {
    expected: 'on, off, auto or a number of layers',
    got: word,
  });
}

/** Names with commas between, or, where there are signs that no name has, one pattern. */
function targetsFrom(args: Arguments, name: string): string[] | string | undefined {
  const text = args.text(name);
  if (text === undefined || text === 'all-linear' || /[\\*+?()[\]{}|^$]/.test(text)) return text;
  return args.list(name);
}

function documentOf(outcome: TrainOutcome): unknown {
  const { plan, lines, evaluations, best, featureCache } = outcome;
  const losses = lines.map(({ loss }) => loss);
  return {
    method: plan.settings.method,
    steps: outcome.steps,
    epochs: outcome.epochs,
    samples: plan.samples,
    heldOutSamples: plan.heldOutSamples,
    trainedParameters: plan.trainedParameters,
    loss: {
      first: losses[0] ?? null,
      last: losses.at(-1) ?? null,
      lowest: losses.length === 0 ? null : losses.reduce((a, b) => Math.min(a, b)),
    },
    losses,
    evaluations,
    best,
    stoppedEarly: outcome.stoppedEarly,
    savedStep: outcome.savedStep,
    ...(plan.settings.lora === null
      ? { modelPath: outcome.outputPath }
      : { adapterPath: outcome.outputPath }),
    logPath: outcome.logPath,
    checkpoints: outcome.checkpoints,
    tokensPerSecond: meanRate(outcome),
    peakMemoryBytes: lines.at(-1)?.peakMemoryBytes ?? null,
    featureCache,
    issues: plan.issues,
    unsupervised: plan.unsupervised,
    notes: [...plan.notes, ...outcome.notes],
  };
}

function describePlan(plan: TrainPlan): string {
  const { memory, place } = plan;
  const { recompute } = plan.settings;
  const rows = [
    ['steps', `${plan.totalSteps}, ${plan.stepsPerEpoch} an epoch of ${plan.samples} samples`],
    ['trained', `${formatCount(plan.trainedParameters)} of ${formatCount(plan.totalParameters)}`],
    ['weights', formatBytes(memory.weightsBytes)],
    ['gradients, optimiser', formatBytes(memory.trainingBytes)],
    ...(memory.hostBytes > 0
      ? [['optimiser, not on the device', formatBytes(memory.hostBytes)]]
      : []),
    ['activations', formatBytes(memory.activationBytes)],
    ...(recompute > 0 ? [['computed twice', `${recompute} of ${plan.layers} layers`]] : []),
    ['total', `${formatBytes(memory.totalBytes)} at the fullest moment of the largest step`],
    ...(memory.mappedBytes > 0
      ? [
          [
            'of it in files',
            `${formatBytes(memory.mappedBytes)}, not in the peak that the run tells`,
          ],
        ]
      : []),
    ['may be used', `${formatBytes(plan.memoryLimitBytes)} on ${place.device ?? 'this machine'}`],
  ];
  return [formatTable(rows), ...fitNotes(plan), ...plan.notes, ...plan.choices].join('\n');
}

function meanRate({ lines }: TrainOutcome): number | null {
  const tokens = lines.reduce((sum, line) => sum + line.tokens, 0);
  const seconds = lines.reduce((sum, line) => sum + line.tokens / line.tokensPerSecond, 0);
  return seconds > 0 ? tokens / seconds : null;
}

function describe(outcome: TrainOutcome): string {
  const { lines, best, plan } = outcome;
  const shown = (loss: number | undefined): string => loss?.toFixed(4) ?? 'none';
  const rate = meanRate(outcome);
  return [
    `${outcome.steps} steps${outcome.stoppedEarly ? ', stopped early' : ''}: loss ${shown(lines[0]?.loss)} → ${shown(lines.at(-1)?.loss)}${rate === null ? '' : `, ${Math.round(rate)} tokens/s`}, peak memory ${formatBytes(lines.at(-1)?.peakMemoryBytes ?? 0)}`,
    ...(best === null ? [] : [`best held-out loss ${shown(best.loss)} at step ${best.step}`]),
    `${plan.settings.lora === null ? 'model' : 'adapter'} (step ${outcome.savedStep}): ${outcome.outputPath}`,
    `log: ${outcome.logPath}`,
  ].join('\n');
}
