import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LensmithError } from '../base/errors.ts';
import {
  checkQuantizedParts,
  readNf4States,
  storedQuantization,
} from '../formats/weights/bitsandbytes.ts';
import { openCheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import type { CheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { canonicalModulePath } from '../formats/adapters/module-names.ts';
import { quantizing, randomSource, sizesOnly } from '../nn/sources.ts';
import { ModelWeights } from '../nn/weights.ts';
import type { ParameterSource } from '../nn/weights.ts';
import type { DType } from '../tensor/dtype.ts';
import type { QuantFormat } from '../tensor/quantized.ts';
import { CheckpointSource } from './checkpoint-source.ts';
import { completeConfig, withTiedFlag } from './complete-config.ts';
import { ConfigReader, isJson } from './config.ts';
import type { Json } from './config.ts';
import { languageArchitecture, visionArchitecture } from './families.ts';
import { llava } from './llava.ts';
import type { Llava } from './llava.ts';
import { hasOwnHead } from './own-head.ts';
import { isQuantizable, QuantizedFolderSource } from './quantization.ts';

/** A model with its weights and the config.json it came from. */
export interface LoadedModel extends Disposable {
  readonly model: Llava;
  readonly weights: ModelWeights;
  readonly config: Json;
  readonly modelType: string;
}

/** Whether this is the config.json of a whole model, not of a part. */
export function isLlava(config: Json): boolean {
  return llava.modelTypes.includes(String(config['model_type']));
}

const maxConfigBytes = 16 * 1024 * 1024;

/** config.json of a model folder, that of a LLaVA model complete. @throws models/no-config, models/bad-config */
export async function readModelConfig(dir: string): Promise<Json> {
  const path = join(dir, 'config.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new LensmithError('models/no-config', `There is no model in ${dir}.`, {
      expected: 'a folder with config.json, tokenizer.json and safetensors',
      got: (cause as Error).message,
      hint: 'Give the folder of a Hugging Face checkpoint.',
      cause,
    });
  }
  let config: unknown;
  try {
    config = text.length > maxConfigBytes ? null : JSON.parse(text);
  } catch (cause) {
    throw new LensmithError('models/bad-config', `${path} is not JSON.`, { cause });
  }
  if (!isJson(config)) throw new LensmithError('models/bad-config', `${path} is no JSON object.`);
  return isLlava(config) ? completeConfig(config) : config;
}

function assemble(config: Json, source: ParameterSource): LoadedModel {
  const reader = new ConfigReader(config, 'config.json');
  const modelType = reader.text('model_type');
  if (!llava.modelTypes.includes(modelType)) {
    throw new LensmithError(
      'models/unsupported',
      `Models of type '${modelType}' are not supported.`,
      {
        expected: llava.modelTypes.join(', '),
        got: modelType,
        hint: 'Open a LLaVA folder, or make one of an image encoder and a language model with `lensmith model compose`.',
      },
    );
  }
  const weights = new ModelWeights(source);
  try {
    const model = llava.build(weights.at(''), reader);
    return {
      model,
      weights,
      config,
      modelType,
      [Symbol.dispose]() {
        model.dispose();
        weights[Symbol.dispose]();
      },
    };
  } catch (error) {
    weights[Symbol.dispose]();
    throw error;
  }
}

/** Weights of a tower's files that are of no use, under their names in a LLaVA model. */
export function ignoredVisionWeights(vision: ConfigReader): RegExp[] {
  return visionArchitecture(vision).ignoredWeights.map(
    (rule) => new RegExp(`^model\\.vision_tower\\.${rule.source.replace(/^\^/, '(?:)')}`),
  );
}

/** The same of a language model. */
export function ignoredLanguageWeights(text: ConfigReader): RegExp[] {
  const tied = text.flag('tie_word_embeddings', false);
  return [
    ...languageArchitecture(text).ignoredWeights,
    // Some savers write the head of a tied model too; it is the embedding once more.
    ...(tied ? [/^lm_head\.weight$/] : []),
  ];
}

function ignoredWeights(config: Json): RegExp[] {
  const reader = new ConfigReader(config, 'config.json');
  return [
    ...ignoredVisionWeights(reader.section('vision_config')),
    ...ignoredLanguageWeights(reader.section('text_config')),
  ];
}

export interface LoadOptions {
  /** Of the float weights in memory; as stored when not given. */
  readonly dtype?: DType | undefined;
  /** Hold the matrices of the decoder's layers in few bits; see isQuantizable. */
  readonly quantize?: QuantFormat | undefined;
  /** The same for what wants few bits, whichever: a folder that holds some keeps them. */
  readonly quantizeUnlessStored?: QuantFormat | undefined;
  /** Weights are checked and have no values: to look at a model that the device may have no room for. */
  readonly sizesOnly?: boolean | undefined;
}

/**
 * Loads a LLaVA model from a Hugging Face folder; weights are mapped, not read.
 * @throws models/no-config, models/bad-config, models/unsupported, models/weights-mismatch,
 *         models/quantized-otherwise, formats/quantization-{unsupported, damaged}, and the errors
 *         of the safetensors reader
 */
export async function loadModel(dir: string, options: LoadOptions = {}): Promise<LoadedModel> {
  const given = await readModelConfig(dir);
  const folder = await openCheckpointFolder(dir);
  const config = await withHead(given, folder);
  const { dtype = null, sizesOnly } = options;
  using source = new CheckpointSource(folder, dtype, undefined, sizesOnly);
  const loaded = assemble(config, await inFewBits(source, folder, config, options));
  try {
    source.finish(ignoredWeights(config));
    return loaded;
  } catch (error) {
    loaded[Symbol.dispose]();
    throw error;
  }
}

/** The config, which says no longer that the head is tied when the folder has one of its own. */
async function withHead(config: Json, folder: CheckpointFolder): Promise<Json> {
  const text = config['text_config'];
  if (!isJson(text) || text['tie_word_embeddings'] !== true) return config;
  if (!(await hasOwnHead(folder, canonicalModulePath))) return config;
  const untied = { tie_word_embeddings: false };
  return { ...config, ...untied, text_config: { ...text, ...untied } };
}

/** The source itself, or what reads or makes quantised weights around it. */
async function inFewBits(
  source: CheckpointSource,
  folder: CheckpointFolder,
  config: Json,
  { dtype, quantize, quantizeUnlessStored }: LoadOptions,
): Promise<ParameterSource> {
  const stored = storedQuantization(config);
  if (stored === null) {
    const format = quantize ?? quantizeUnlessStored;
    return format === undefined ? source : quantizing(source, format, isQuantizable);
  }
  if (quantize !== undefined && quantize !== stored) {
    throw new LensmithError('models/quantized-otherwise', `${folder.dir} is quantised already.`, {
      expected: `${stored}, as it is stored`,
      got: `${quantize}, as was asked`,
      hint: 'Ask for no format, or give the model that it was made from.',
    });
  }
  await checkQuantizedParts(folder);
  const states = await readNf4States(folder);
  return new QuantizedFolderSource(source, states, dtype ?? configDType(config));
}

/** What the weights count as that are not there in full. */
function configDType(config: Json): DType {
  const given = config['dtype'] ?? config['torch_dtype'];
  return given === 'bfloat16' ? 'bf16' : given === 'float16' ? 'f16' : 'f32';
}

/** A model whose weights come from anywhere; what `source` gathered is for the caller to report. */
export function modelFrom(config: Json, source: ParameterSource): LoadedModel {
  return assemble(withTiedFlag(config), source);
}

/** A model of the given shape with fresh weights: to train from scratch, or to measure. */
export function randomModel(
  config: Json,
  seed: number,
  dtype: DType = 'f32',
  quantize?: QuantFormat,
): LoadedModel {
  return modelFrom(config, quantizedAs(randomSource(seed, dtype), quantize));
}

/** Names and sizes of a model without its memory. */
export function modelSizes(config: Json, dtype: DType, quantize?: QuantFormat): LoadedModel {
  return modelFrom(config, quantizedAs(sizesOnly(dtype), quantize));
}

function quantizedAs(source: ParameterSource, format: QuantFormat | undefined): ParameterSource {
  return format === undefined ? source : quantizing(source, format, isQuantizable);
}
