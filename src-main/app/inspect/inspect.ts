import { ConfigReader } from '../../models/config.ts';
import { partsOfQuantized } from '../../formats/weights/bitsandbytes.ts';
import { openCheckpointFolder } from '../../formats/weights/checkpoint-folder.ts';
import type { LoadedModel } from '../../models/load.ts';
import { modelParts, partOf } from '../../training/parts.ts';
import type { ModelPart } from '../../training/parts.ts';
import { openSession } from '../session/session.ts';
import type { Session, SessionOptions } from '../session/session.ts';
import { memoryFigures } from './memory.ts';
import type { MemoryFigures } from './memory.ts';

export interface PartSummary {
  readonly part: ModelPart;
  /** As config.json names it. */
  readonly type: string;
  readonly layers: number;
  readonly hiddenSize: number;
  readonly parameters: number;
}

export interface ModelSummary {
  readonly dir: string;
  readonly modelType: string;
  readonly parts: readonly PartSummary[];
  readonly parameters: number;
  /** Parameters by dtype as stored; `NF4` and `INT8` are those in few bits. */
  readonly dtypes: Readonly<Record<string, number>>;
  readonly files: number;
  readonly sizeBytes: number;
  readonly tokenizer: {
    readonly vocabularySize: number;
    readonly addedTokens: number;
    readonly bos: string | null;
    readonly eos: string | null;
    readonly imageToken: { readonly id: number; readonly text: string };
    readonly chatTemplate: string;
  };
  readonly images: {
    /** Pixels of each side that the tower reads. */
    readonly size: number;
    readonly patchesPerImage: number;
    readonly tokensPerImage: number;
    readonly featureDepths: readonly number[];
    readonly selectStrategy: 'default' | 'full';
    readonly processor: string;
  };
  readonly contextTokens: number;
  readonly memory: MemoryFigures;
}

/**
 * What a model folder holds. Weights are not read; that they fit config.json is checked.
 * @throws the errors of openSession
 */
export async function inspectModel(
  dir: string,
  options: SessionOptions = {},
): Promise<ModelSummary> {
  using session = await openSession(dir, { ...options, sizesOnly: true });
  const { loaded, processor } = session;
  const { model } = loaded;
  const stored = await storedWeights(dir, loaded);
  return {
    dir,
    modelType: loaded.modelType,
    parts: partSummaries(session),
    parameters: countParameters(session),
    ...stored,
    tokenizer: tokenizerSummary(session),
    images: {
      size: model.visionTower.imageSize,
      patchesPerImage: model.visionTower.patchesPerImage,
      tokensPerImage: processor.tokensPerImage,
      featureDepths: model.config.featureDepths,
      selectStrategy: model.config.selectStrategy,
      processor: processor.imageProcessor.settings.type,
    },
    contextTokens: model.languageModel.config.maxPositions,
    memory: memoryFigures(loaded),
  };
}

function countParameters({ loaded }: Session, part?: ModelPart): number {
  let count = 0;
  for (const [name, { numel }] of loaded.weights.parameters) {
    if (part === undefined || partOf(name) === part) count += numel;
  }
  return count;
}

function partSummaries(session: Session): PartSummary[] {
  const { model, config } = session.loaded;
  const reader = new ConfigReader(config, 'config.json');
  const { visionTower: tower, languageModel, config: llava } = model;
  const facts: Record<ModelPart, Pick<PartSummary, 'type' | 'layers' | 'hiddenSize'>> = {
    vision: {
      type: reader.section('vision_config').text('model_type', 'clip_vision_model'),
      layers: tower.numHiddenLayers,
      hiddenSize: tower.hiddenSize,
    },
    projector: {
      type: llava.projector.activation === null ? 'linear' : `mlp2x_${llava.projector.activation}`,
      layers: llava.projector.activation === null ? 1 : 2,
      hiddenSize: llava.projector.outputSize,
    },
    llm: {
      type: reader.section('text_config').text('model_type', 'llama'),
      layers: languageModel.config.numHiddenLayers,
      hiddenSize: languageModel.config.hiddenSize,
    },
  };
  return modelParts.map((part) => ({
    part,
    ...facts[part],
    parameters: countParameters(session, part),
  }));
}

function tokenizerSummary({ processor }: Session): ModelSummary['tokenizer'] {
  const { tokenizer, template, imageTokenId } = processor;
  const { source } = template;
  return {
    vocabularySize: tokenizer.vocabSize,
    addedTokens: tokenizer.addedTokens.length,
    bos: tokenizer.special.bos?.text ?? null,
    eos: tokenizer.special.eos?.text ?? null,
    imageToken: { id: imageTokenId, text: tokenizer.idToToken(imageTokenId) ?? '' },
    chatTemplate: source.kind === 'file' ? source.file : `${source.name} (built in)`,
  };
}

/** A weight in few bits counts as one parameter an element, whatever it is kept in. */
async function storedWeights(
  dir: string,
  { weights }: LoadedModel,
): Promise<Pick<ModelSummary, 'dtypes' | 'files' | 'sizeBytes'>> {
  const folder = await openCheckpointFolder(dir);
  const parts = partsOfQuantized(folder.tensors.keys());
  const dtypes: Record<string, number> = {};
  let sizeBytes = 0;
  for (const [name, { entry }] of folder.tensors) {
    sizeBytes += entry.sizeBytes;
    if (parts.has(name)) continue;
    const numel = entry.shape.reduce((product, size) => product * size, 1);
    dtypes[entry.dtype] = (dtypes[entry.dtype] ?? 0) + numel;
  }
  // By the weights themselves: config.json may say another format than they have.
  for (const { numel, quantization } of parts.size > 0 ? weights.parameters.values() : []) {
    if (quantization === null) continue;
    const format = quantization.toUpperCase();
    dtypes[format] = (dtypes[format] ?? 0) + numel;
  }
  return { dtypes, files: folder.files.length, sizeBytes };
}
