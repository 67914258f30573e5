/**
 * A LLaVA model out of an image encoder and a language model, with a fresh
 * projector: what the first stage of LLaVA's training starts from.
 * @source arXiv:2304.08485
 */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { atomicDirectory } from '../../base/atomic-file.ts';
import { LensmithError, throwIfCancelled } from '../../base/errors.ts';
import { Processor } from '../../data/processor.ts';
import { composeModel } from '../../models/composed-source.ts';
import { ConfigReader } from '../../models/config.ts';
import { loadModel } from '../../models/load.ts';
import type { LoadedModel } from '../../models/load.ts';
import { ensureDevice } from '../../tensor/device.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { PlacedToken } from '../../tokenizers/add-token.ts';
import { writeModelFolder } from '../../training/model-folder.ts';
import { notesOn, planComposition } from './plan-composition.ts';
import type { ComposeRequest, CompositionPlan } from './plan-composition.ts';
import { findImageProcessor, writeProcessorFiles, writeTokenizerFiles } from './processor-files.ts';

export interface ComposeOutcome {
  readonly outDir: string;
  readonly tensors: number;
  readonly vision: { readonly type: string; readonly hiddenSize: number };
  readonly language: { readonly type: string; readonly hiddenSize: number };
  readonly projector: 'mlp2x_gelu' | 'linear';
  readonly featureLayer: unknown;
  readonly strategy: string;
  readonly tokensPerImage: number;
  readonly dtype: DType;
  readonly imageToken: PlacedToken;
  /** Rows of the embedding, and how many of them are new. */
  readonly vocabulary: { readonly rows: number; readonly newRows: number };
  readonly template: string;
  /** What the person should know of the choices made. */
  readonly notes: readonly string[];
}

/**
 * The folder takes its name only after it was opened again as a model.
 * @throws compose/output-exists, models/weights-mismatch for both folders in one,
 *         tokenizers/token-conflict, data/processor-missing, data/image-size-mismatch,
 *         job/cancelled, and the errors of planComposition and the writers
 */
export async function compose(request: ComposeRequest): Promise<ComposeOutcome> {
  const outDir = resolve(request.outDir);
  await requireEmpty(outDir);
  ensureDevice(request);
  const stage = (words: string): void => {
    throwIfCancelled(request.signal, 'Assembling the model');
    request.onStage?.(words);
  };
  stage('Reading the parts');
  const plan = await planComposition(request);
  await findImageProcessor(plan.vision.dir);
  const { dtype, seed = 0 } = request;
  using loaded = await composeModel(plan.config, plan.vision, plan.language, { dtype, seed });
  await mkdir(dirname(outDir), { recursive: true });
  const tensors = await atomicDirectory(outDir, async (folder) => {
    stage('Writing');
    const written = await writeAll(loaded, plan, folder);
    stage('Opening what was written');
    await openAgain(folder);
    return written;
  });
  return {
    outDir,
    tensors,
    ...describeModel(loaded),
    imageToken: plan.token,
    vocabulary: { rows: loaded.model.languageModel.config.vocabSize, newRows: plan.newRows },
    template: plan.template.name,
    notes: notesOn(plan),
  };
}

/** @returns the number of tensors */
async function writeAll(
  loaded: LoadedModel,
  { vision, language, config, token, template }: CompositionPlan,
  folder: string,
): Promise<number> {
  const { model } = loaded;
  const classTokens = model.visionTower.tokensPerImage - model.visionTower.patchesPerImage;
  const written = await writeModelFolder(
    { ...loaded, config: { ...config, image_seq_length: model.tokensPerImage } },
    language.dir,
    folder,
  );
  await writeTokenizerFiles(folder, token, template);
  await writeProcessorFiles(folder, vision.dir, config, { imageToken: token.text, classTokens });
  return written;
}

/** @throws compose/output-exists */
export async function requireEmpty(outDir: string): Promise<void> {
  const names = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new LensmithError('compose/output-exists', `${outDir} is no folder.`, { cause: error });
  });
  if (names.length === 0) return;
  throw new LensmithError('compose/output-exists', `${outDir} is not empty.`, {
    expected: 'a new or empty folder',
    got: names.slice(0, 8).join(', '),
    hint: 'Choose another folder.',
  });
}

/** What was written has to open as any model does: sizes, image token and template together. */
async function openAgain(folder: string): Promise<void> {
  using loaded = await loadModel(folder);
  const processor = await Processor.load(folder, loaded.config);
  const content = [{ type: 'image' }, { type: 'text', text: 'What is this?' }] as const;
  const prompt = processor.template.renderPrompt([{ role: 'user', content }]);
  const images = processor.tokenizer.encode(prompt).filter((id) => id === processor.imageTokenId);
  if (images.length === 1 && processor.tokensPerImage === loaded.model.tokensPerImage) return;
  throw new LensmithError('compose/proof-failed', 'What was written does not take pictures.', {
    expected: `one image token in a prompt, ${loaded.model.tokensPerImage} once filled in`,
    got: `${images.length}, and ${processor.tokensPerImage}; nothing was kept`,
    hint: 'The tokenizer or the image processor of these folders does not fit LLaVA.',
  });
}

function describeModel({ model, config }: LoadedModel) {
  const reader = new ConfigReader(config, 'config.json');
  return {
    vision: {
      type: reader.section('vision_config').text('model_type'),
      hiddenSize: model.visionTower.hiddenSize,
    },
    language: {
      type: reader.section('text_config').text('model_type'),
      hiddenSize: model.languageModel.config.hiddenSize,
    },
    projector: model.config.projector.activation === null ? 'linear' : 'mlp2x_gelu',
    featureLayer: config['vision_feature_layer'],
    strategy: model.config.selectStrategy,
    tokensPerImage: model.tokensPerImage,
    dtype: model.languageModel.embedding.dtype,
  } as const;
}
