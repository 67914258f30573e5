import { LensmithError } from '../../base/errors.ts';
import {
  defaultLoraConfig,
  readLoraConfig,
  resolveLoraTargets,
} from '../../formats/adapters/peft.ts';
import type { LoraConfig } from '../../formats/adapters/peft.ts';
import type { LoadedModel } from '../../models/load.ts';
import type { Decoder } from '../../nn/decoder.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { QuantFormat } from '../../tensor/quantized.ts';
import { targetPattern } from '../../training/adapters.ts';
import type { TargetsByPart } from '../../training/adapters.ts';
import type { OptimizerMemory, OptimizerName } from '../../training/optimizer-state.ts';
import { defaultParts, partOf, trainsAdapters } from '../../training/parts.ts';
import type { ModelPart, TrainingMethod } from '../../training/parts.ts';
import type { Schedule } from '../../training/schedule.ts';
import { checkSettings, defaultLearningRates } from '../../training/settings.ts';
import type { TrainingSettings } from '../../training/settings.ts';
import { requireNames } from './request-checks.ts';

/** A run as a person asks for it: what is not said has a default by method. */
export interface TrainRequest extends DeviceOptions {
  readonly modelDir: string;
  readonly dataPath: string;
  readonly evalDataPath?: string | undefined;
  readonly outDir: string;
  readonly method: TrainingMethod;
  readonly parts?: readonly ModelPart[] | undefined;
  readonly rank?: number | undefined;
  readonly alpha?: number | undefined;
  readonly dropout?: number | undefined;
  /** Scale adapters by alpha / sqrt(rank). */
  readonly rslora?: boolean | undefined;
  /** Adapted modules of the parts that train, or of one part alone; see TargetsByPart. */
  readonly targetModules?: readonly string[] | string | undefined;
  readonly targetModulesVision?: readonly string[] | string | undefined;
  readonly targetModulesProjector?: readonly string[] | string | undefined;
  /** Modules trained and saved whole beside the adapters. */
  readonly modulesToSave?: readonly string[] | undefined;
  readonly initAdapter?: string | undefined;
  readonly learningRate?: number | undefined;
  readonly learningRateVision?: number | undefined;
  readonly learningRateProjector?: number | undefined;
  readonly weightDecay?: number | undefined;
  readonly warmupSteps?: number | undefined;
  readonly schedule?: Schedule | undefined;
  readonly batchSize?: number | undefined;
  readonly gradientAccumulation?: number | undefined;
  readonly epochs?: number | undefined;
  readonly maxSteps?: number | undefined;
  readonly maxGradNorm?: number | undefined;
  readonly seed?: number | undefined;
  readonly shuffle?: boolean | undefined;
  readonly dtype?: DType | undefined;
  /** Frozen matrices of the decoder in few bits; nf4 by default with qlora. */
  readonly quantize?: QuantFormat | undefined;
  readonly maxLength?: number | undefined;
  /**
   * Computing activations twice: those of all layers, of none, or of so many; where nobody says, as
   * the memory at hand allows.
   */
  readonly recompute?: boolean | number | undefined;
  readonly optimizer?: OptimizerName | undefined;
  readonly optimizerMemory?: OptimizerMemory | undefined;
  readonly patience?: number | undefined;
  readonly saveEvery?: number | undefined;
  readonly evalEvery?: number | undefined;
  /** Evaluate before the first step too. */
  readonly evaluateFirst?: boolean | undefined;
  /** Held-out samples that are answered at each evaluation. */
  readonly evalAnswers?: number | undefined;
  /** `best` leaves the weights of the best evaluation; the default with patience. */
  readonly keep?: 'last' | 'best' | undefined;
  readonly resume?: boolean | undefined;
  /** Replaces what an earlier run left in outDir. */
  readonly overwrite?: boolean | undefined;
  readonly logPath?: string | undefined;
  /** Folder of the feature cache, or `off`; OUT/features by default. */
  readonly featureCache?: string | undefined;
  /** Memory that the engine may use; what the machine has free by default. */
  readonly memoryLimitBytes?: number | undefined;
}

/** Tokens of an answer at an evaluation, at most. */
export const answerTokens = 64;
/** Held-out samples that are answered when nothing is said. */
export const answersShown = 2;

/** LLaVA's choice: every linear map of the language model's layers, and never the output head. */
const defaultTargets = 'all-linear';

/**
 * The settings of a request for one model.
 * @throws training/bad-setting, and the errors of readLoraConfig for --init-adapter
 */
export async function settingsFor(
  request: TrainRequest,
  loaded: LoadedModel,
): Promise<TrainingSettings> {
  const { method } = request;
  refuseForeignOptions(request);
  const lora = trainsAdapters(method) ? await loraConfigFor(request, loaded) : null;
  const llm = request.learningRate ?? defaultLearningRates[method];
  const settings: TrainingSettings = {
    method,
    parts: partsFor(request, lora),
    lora,
    initAdapter: request.initAdapter ?? null,
    learningRates: {
      llm,
      projector: request.learningRateProjector ?? llm,
      vision: request.learningRateVision ?? llm,
    },
    weightDecay: request.weightDecay ?? 0.01,
    schedule: request.schedule ?? 'constant',
    warmupSteps: request.warmupSteps ?? 0,
    batchSize: request.batchSize ?? 4,
    gradientAccumulation: request.gradientAccumulation ?? 1,
    epochs: request.epochs ?? 1,
    maxSteps: request.maxSteps ?? null,
    maxGradNorm: request.maxGradNorm ?? 1,
    seed: request.seed ?? 0,
    shuffle: request.shuffle ?? true,
    maxLength: request.maxLength ?? null,
    // withOpenTraining settles it by the memory at hand where nobody chose.
    recompute: layersTwice(request.recompute ?? false, loaded.model.languageModel),
    recomputeWhenFull: false,
    optimizer: request.optimizer ?? 'adamw',
    optimizerMemory: request.optimizerMemory ?? 'auto',
    patience: request.patience ?? null,
  };
  checkSettings(settings);
  return settings;
}

/** @throws training/bad-setting for more layers than there are */
function layersTwice(
  asked: boolean | number,
  { config, recomputableLayers }: Pick<Decoder, 'config' | 'recomputableLayers'>,
): number {
  if (typeof asked === 'boolean') return asked ? recomputableLayers : 0;
  const all = config.numHiddenLayers;
  if (!(Number.isSafeInteger(asked) && asked >= 0 && asked <= all)) {
    throw badSetting('recompute', `on, off, auto or a number of layers, up to ${all}`, asked);
  }
  return Math.min(asked, recomputableLayers);
}

function partsFor(request: TrainRequest, lora: LoraConfig | null): readonly ModelPart[] {
  if (request.parts !== undefined) return [...new Set(request.parts)];
  // An adapter that is trained on trains wherever it is.
  if (lora !== null && request.initAdapter !== undefined) return ['vision', 'projector', 'llm'];
  const extra: ModelPart[] = lora === null ? [] : partsWithOwnTargets(request);
  return [...new Set([...defaultParts[request.method], ...extra])];
}

function partsWithOwnTargets(request: TrainRequest): ModelPart[] {
  return [
    ...(request.targetModulesVision === undefined ? [] : (['vision'] as const)),
    ...(request.targetModulesProjector === undefined ? [] : (['projector'] as const)),
  ];
}

/** Options that would be ignored are refused: somebody meant something by them. */
function refuseForeignOptions(request: TrainRequest): void {
  const adapterOptions = [
    'rank',
    'alpha',
    'dropout',
    'rslora',
    'targetModules',
    'targetModulesVision',
    'targetModulesProjector',
    'modulesToSave',
    'initAdapter',
  ] as const;
  const settled = [
    'rank',
    'alpha',
    'rslora',
    'targetModules',
    'targetModulesVision',
    'targetModulesProjector',
  ] as const;
  const foreign: readonly (keyof TrainRequest)[] = !trainsAdapters(request.method)
    ? adapterOptions
    : request.initAdapter === undefined
      ? []
      : settled;
  const given = foreign.filter((name) => request[name] !== undefined);
  if (given.length === 0) return;
  throw new LensmithError(
    'training/bad-setting',
    `These settings do not go together: ${given.join(', ')}.`,
    {
      expected: trainsAdapters(request.method)
        ? 'rank, alpha and target modules from the adapter of --init-adapter'
        : 'adapter settings with --method lora or qlora only',
      got: `method ${request.method}`,
    },
  );
}

async function loraConfigFor(request: TrainRequest, loaded: LoadedModel): Promise<LoraConfig> {
  const parts = request.parts ?? [...defaultParts.lora, ...partsWithOwnTargets(request)];
  // The projector is small: named beside the adapters, it trains whole, unless targets say otherwise.
  // Alone it takes the adapters that were asked for, unless an adapter says where they are.
  const alone = request.initAdapter === undefined && parts.every((part) => part === 'projector');
  const projectorTargets =
    request.targetModulesProjector ??
    (alone ? (request.targetModules ?? defaultTargets) : undefined);
  const wholeProjector = parts.includes('projector') && projectorTargets === undefined;
  const wholeFor = (isWhole: boolean): string[] => [
    ...(request.modulesToSave ?? []),
    ...(isWhole ? ['multi_modal_projector'] : []),
  ];
  if (request.initAdapter !== undefined) {
    const saved = await readLoraConfig(request.initAdapter);
    // Its pairs in the projector go on training; nothing trains in both ways.
    const whole = wholeFor(wholeProjector && !standsInProjector(loaded, saved));
    const modulesToSave = [...new Set([...saved.modulesToSave, ...whole])];
    return { ...saved, dropout: request.dropout ?? saved.dropout, modulesToSave };
  }
  const rank = request.rank ?? 16;
  const dropout = request.dropout ?? 0;
  if (!(Number.isSafeInteger(rank) && rank > 0)) throw badSetting('rank', 'from 1', rank);
  if (!(dropout >= 0 && dropout < 1)) throw badSetting('dropout', '0 to below 1', dropout);
  const targets: TargetsByPart = {
    ...(parts.includes('llm') ? { llm: request.targetModules ?? defaultTargets } : {}),
    ...(parts.includes('vision')
      ? { vision: request.targetModulesVision ?? request.targetModules ?? defaultTargets }
      : {}),
    ...(parts.includes('projector') && projectorTargets !== undefined
      ? { projector: projectorTargets }
      : {}),
  };
  const config = {
    ...defaultLoraConfig,
    rank,
    alpha: request.alpha ?? 2 * rank,
    dropout,
    useRslora: request.rslora ?? false,
    targetModules: targetPattern(loaded, targets),
    modulesToSave: wholeFor(wholeProjector),
    baseModel: request.modelDir,
  };
  requireNames(loaded, config, targets);
  return config;
}

function standsInProjector({ weights }: LoadedModel, config: LoraConfig): boolean {
  const paths = resolveLoraTargets(config, [...weights.linears.keys()]).keys();
  return [...paths].some((path) => partOf(path) === 'projector');
}

function badSetting(name: string, expected: string, got: unknown): LensmithError {
  return new LensmithError('training/bad-setting', `--${name} cannot be used so.`, {
    expected,
    got: JSON.stringify(got),
  });
}
