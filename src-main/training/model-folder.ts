/** A model as a Hugging Face folder in the classic names, which every version of transformers reads. */
import { copyFile, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { writeError, writeFileAtomic } from '../base/atomic-file.ts';
import { classicModulePath } from '../formats/adapters/peft.ts';
import { int8Sources, nf4Sources, quantizationConfig } from '../formats/weights/bitsandbytes.ts';
import { writeShardedSafetensors } from '../formats/weights/checkpoint-folder.ts';
import { configText } from '../formats/weights/config-text.ts';
import { safetensorsDTypes } from '../formats/weights/safetensors.ts';
import type { SafetensorsSource } from '../formats/weights/safetensors.ts';
import { isJson } from '../models/config.ts';
import type { Json } from '../models/config.ts';
import { knownVisionArchitecture } from '../models/families.ts';
import type { LoadedModel } from '../models/load.ts';
import type { Parameter } from '../nn/parameter.ts';
import type { DType } from '../tensor/dtype.ts';
import type { QuantFormat } from '../tensor/quantized.ts';
import { bytesOf } from './tensor-files.ts';

const dtypeNames: Partial<Record<DType, string>> = {
  f32: 'float32',
  bf16: 'bfloat16',
  f16: 'float16',
};

/** Tokenizer, template and processor files; weights and config.json are written anew. */
const copied =
  /^(?:(?:tokenizer|tokenizer_config|special_tokens_map|added_tokens|vocab|generation_config|preprocessor_config|processor_config|video_preprocessor_config|chat_template)\.json|chat_template\.jinja|merges\.txt|tokenizer\.model)$/;

/**
 * Writes weights, config and what belongs to them; quantised weights as bitsandbytes keeps them.
 * @param sourceDir folder that the model was loaded from
 * @param outDir    empty or absent; use atomicDirectory around it
 * @returns number of tensors
 * @throws formats/checkpoint-exists, io/disk-full and the other codes of the writers
 */
export async function writeModelFolder(
  loaded: LoadedModel,
  sourceDir: string,
  outDir: string,
): Promise<number> {
  await mkdir(outDir, { recursive: true });
  const sources: SafetensorsSource[] = [];
  for (const [name, parameter] of loaded.weights.parameters) {
    sources.push(...(await sourcesOf(classicModulePath(name), parameter)));
  }
  await writeShardedSafetensors(outDir, sources);
  const config = configText(configOfBothGenerations(loaded));
  await writeFileAtomic(join(outDir, 'config.json'), config);
  await copyFiles(sourceDir, outDir);
  return sources.length;
}

/** The tensors that a weight is written as. */
async function sourcesOf(name: string, parameter: Parameter): Promise<SafetensorsSource[]> {
  const { dtype, shape } = parameter;
  if (parameter.quantization === null) {
    const { value } = parameter;
    return [{ name, dtype: safetensorsDTypes[dtype], shape, data: () => bytesOf(value) }];
  }
  const { rows, cols, parts } = parameter.matrix;
  const { scales2, offset } = parts;
  const data = { codes: () => bytesOf(parts.codes), scales: () => bytesOf(parts.scales) };
  if (parameter.quantization === 'int8') return int8Sources(name, [rows, cols], data);
  return nf4Sources(name, [rows, cols], dtypeNames[dtype] ?? 'float32', {
    ...data,
    scales2: scales2 === null ? null : () => bytesOf(scales2),
    offset: offset === null ? null : await offset.item(),
  });
}

/** null when every weight is there in full. */
function quantizationOf(loaded: LoadedModel): QuantFormat | null {
  for (const { quantization } of loaded.weights.parameters.values()) {
    if (quantization !== null) return quantization;
  }
  return null;
}

async function copyFiles(sourceDir: string, outDir: string): Promise<void> {
  for (const name of await readdir(sourceDir)) {
    const source = join(sourceDir, name);
    if (!copied.test(name) || !(await stat(source)).isFile()) continue;
    await copyFile(source, join(outDir, name)).catch((error: unknown) => {
      throw writeError(error, join(outDir, name));
    });
  }
}

/** config.json with each fact under its newer and its older name. */
function configOfBothGenerations(loaded: LoadedModel): Json {
  const { config, model } = loaded;
  const dtype = dtypeNames[model.languageModel.embedding.dtype] ?? 'float32';
  const text = isJson(config['text_config']) ? config['text_config'] : {};
  const vision = isJson(config['vision_config']) ? config['vision_config'] : {};
  const quantization = quantizationOf(loaded);
  // A merged model is not quantised any more.
  const plain = Object.entries(config).filter(([name]) => name !== 'quantization_config');
  return {
    architectures: ['LlavaForConditionalGeneration'],
    ...Object.fromEntries(plain),
    ...(quantization === null
      ? {}
      : { quantization_config: quantizationConfig(quantization, dtype) }),
    dtype,
    torch_dtype: dtype,
    tie_word_embeddings: model.languageModel.config.tieWordEmbeddings,
    vision_config: {
      ...vision,
      ...knownVisionArchitecture(vision['model_type'])?.configWithoutThem,
    },
    text_config: {
      ...text,
      ...ropeOfBothGenerations(text),
      tie_word_embeddings: model.languageModel.config.tieWordEmbeddings,
      ...('dtype' in text || 'torch_dtype' in text ? { dtype, torch_dtype: dtype } : {}),
    },
  };
}

/** `rope_parameters` holds what used to be `rope_theta` and `rope_scaling`, which counts where both are. */
function ropeOfBothGenerations(text: Json): Json {
  const newer = isJson(text['rope_parameters']) ? text['rope_parameters'] : {};
  const older = isJson(text['rope_scaling']) ? text['rope_scaling'] : {};
  const { rope_theta: ownTheta, ...scaling } = Object.keys(older).length > 0 ? older : newer;
  const theta = ownTheta ?? text['rope_theta'] ?? 10000;
  const type = scaling['rope_type'] ?? scaling['type'] ?? 'default';
  return {
    rope_theta: theta,
    rope_scaling: type === 'default' ? null : { ...scaling, rope_type: type, type },
    rope_parameters: { ...scaling, rope_type: type, rope_theta: theta },
  };
}
