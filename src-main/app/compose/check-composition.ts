/** What would come of two folders, told before anything is written. */
import { asLensmithError } from '../../base/errors.ts';
import type { AssembleRequest, Composition } from '../../ipc/contract/assemble.ts';
import { requireComposable, storedDTypeOf } from '../../models/composed-source.ts';
import { ConfigReader } from '../../models/config.ts';
import { languageArchitecture, visionArchitecture } from '../../models/families.ts';
import { modelSizes } from '../../models/load.ts';
import type { LoadedModel } from '../../models/load.ts';
import { languagePart, visionPart } from '../../models/parts.ts';
import { ensureDevice } from '../../tensor/device.ts';
import { dtypeSizeBytes } from '../../tensor/dtype.ts';
import { loadTokenizer } from '../../tokenizers/tokenizer.ts';
import { partOf } from '../../training/parts.ts';
import { memoryFigures } from '../inspect/memory.ts';
import { requireEmpty } from './compose.ts';
import { notesOn, planComposition } from './plan-composition.ts';
import { findImageProcessor } from './processor-files.ts';

type Parts = Pick<Composition, 'vision' | 'language'>;
type Facts<P extends keyof Parts> = NonNullable<Parts[P]['facts']>;

/** Never throws: what is wrong is part of the answer. */
export async function checkComposition(request: AssembleRequest): Promise<Composition> {
  const { visionDir, languageDir } = request;
  const parts: Parts = {
    vision: await told(visionDir, visionFacts),
    language: await told(languageDir, languageFacts),
  };
  if (parts.vision.facts === null || parts.language.facts === null) {
    return { ...parts, whole: null, error: null };
  }
  try {
    return { ...parts, whole: await wholeFacts(request), error: null };
  } catch (thrown) {
    return { ...parts, whole: null, error: asLensmithError(thrown).toJSON() };
  }
}

async function told<F>(dir: string | null, look: (dir: string) => Promise<F>) {
  if (dir === null) return { facts: null, error: null };
  try {
    return { facts: await look(dir), error: null };
  } catch (thrown) {
    return { facts: null, error: asLensmithError(thrown).toJSON() };
  }
}

async function visionFacts(dir: string): Promise<Facts<'vision'>> {
  const part = await visionPart(dir);
  await findImageProcessor(dir);
  const reader = new ConfigReader(part.config, 'vision_config');
  const config = visionArchitecture(reader).parseConfig(reader);
  return {
    type: reader.text('model_type'),
    hiddenSize: config.hiddenSize,
    layers: config.numHiddenLayers,
    imageSizePx: config.imageSize,
    patchSizePx: config.patchSize,
    isOfModel: part.llava !== null,
  };
}

async function languageFacts(dir: string): Promise<Facts<'language'>> {
  const part = await languagePart(dir);
  const tokenizer = await loadTokenizer(dir);
  const reader = new ConfigReader(part.config, 'text_config');
  const config = languageArchitecture(reader).parseConfig(reader);
  const { bos, eos, pad } = tokenizer.special;
  return {
    type: reader.text('model_type'),
    hiddenSize: config.hiddenSize,
    layers: config.numHiddenLayers,
    contextTokens: config.maxPositions,
    vocabularySize: tokenizer.vocabSize,
    isOfModel: part.llava !== null,
    bos: bos?.text ?? null,
    eos: eos?.text ?? null,
    pad: pad?.text ?? null,
  };
}

async function wholeFacts(request: AssembleRequest): Promise<NonNullable<Composition['whole']>> {
  const { visionDir, languageDir, outDir, projector } = request;
  if (outDir !== null) await requireEmpty(outDir);
  ensureDevice();
  const plan = await planComposition({
    visionDir: visionDir ?? '',
    languageDir: languageDir ?? '',
    projector,
  });
  await requireComposable(plan.config, plan.vision, plan.language);
  const dtype = request.dtype ?? (await storedDTypeOf(plan.language));
  using sizes = modelSizes(plan.config, dtype);
  const { model } = sizes;
  const parameters = countParameters(sizes);
  const { train, place } = memoryFigures(sizes);
  return {
    projector: {
      inputSize: model.config.projector.inputSize,
      outputSize: model.config.projector.outputSize,
      parameters: countParameters(sizes, 'projector'),
    },
    parameters,
    sizeBytes: parameters * dtypeSizeBytes[dtype],
    dtype,
    tokensPerImage: model.tokensPerImage,
    featureLayer: String(plan.config['vision_feature_layer']),
    imageToken: plan.token,
    newRows: plan.newRows,
    template: plan.template.name,
    alignBytes: train.projector.totalBytes,
    device: place.device,
    deviceBytes: place.bytes,
    notes: notesOn(plan),
  };
}

function countParameters({ weights }: LoadedModel, part?: ReturnType<typeof partOf>): number {
  let count = 0;
  for (const [name, { numel }] of weights.parameters) {
    if (part === undefined || partOf(name) === part) count += numel;
  }
  return count;
}
