/**
 * A LLaVA model out of an image encoder and a language model, with a fresh
 * projector: what the first stage of LLaVA's training starts from.
 * @source arXiv:2304.08485
 */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { atomicDirectory } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import { Processor } from '../../data/processor.ts';
import { composeModel } from '../../models/composed-source.ts';
import { ConfigReader } from '../../models/config.ts';
import type { Json } from '../../models/config.ts';
import { loadModel } from '../../models/load.ts';
import type { LoadedModel } from '../../models/load.ts';
import { languagePart, visionPart } from '../../models/parts.ts';
import type { ModelPart } from '../../models/parts.ts';
import { ensureDevice } from '../../tensor/device.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { DType } from '../../tensor/dtype.ts';
import { placeToken } from '../../tokenizers/add-token.ts';
import type { PlacedToken } from '../../tokenizers/add-token.ts';
import { resolveImageToken } from '../../tokenizers/image-tokens.ts';
import { loadTokenizer } from '../../tokenizers/tokenizer.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { writeModelFolder } from '../../training/model-folder.ts';
import { chooseTemplate, writeProcessorFiles, writeTokenizerFiles } from './processor-files.ts';

export interface ComposeRequest {
  readonly device?: DeviceOptions['device'] | undefined;
  readonly threads?: number | undefined;
  /** A CLIP, SigLIP or LLaVA folder. */
  readonly visionDir: string;
  /** A LLaMA, Mistral, Qwen2 or LLaVA folder. */
  readonly languageDir: string;
  readonly outDir: string;
  /** Two maps with GELU between them by default. */
  readonly projector?: 'mlp2x_gelu' | 'linear' | undefined;
  /** Hidden state of the tower; that of the LLaVA folder, else -2. */
  readonly featureLayer?: number | undefined;
  /** That of the LLaVA folder, else `default` for CLIP and `full` for SigLIP. */
  readonly strategy?: 'default' | 'full' | undefined;
  /** Of all weights; as the language model is stored by default. */
  readonly dtype?: DType | undefined;
  /** Of the projector. */
  readonly seed?: number | undefined;
}

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
 *         tokenizers/token-conflict, data/processor-missing, data/image-size-mismatch, and the
 *         errors of visionPart, languagePart, loadTokenizer, chooseTemplate and the writers
 */
export async function compose(request: ComposeRequest): Promise<ComposeOutcome> {
  const outDir = resolve(request.outDir);
  await requireEmpty(outDir);
  ensureDevice({ device: request.device ?? 'auto', threads: request.threads ?? 0 });
  const vision = await visionPart(resolve(request.visionDir));
  const language = await languagePart(resolve(request.languageDir));
  const tokenizer = await loadTokenizer(language.dir);
  const token = imageTokenOf(language, tokenizer);
  const type = String(language.config['model_type']);
  const template = await chooseTemplate(language.dir, type, tokenizer, token.text);
  const plan = composedConfig(request, vision, language, token);
  const { dtype, seed = 0 } = request;
  using loaded = await composeModel(plan.config, vision, language, { dtype, seed });
  const { model } = loaded;
  const classTokens = model.visionTower.tokensPerImage - model.visionTower.patchesPerImage;
  await mkdir(dirname(outDir), { recursive: true });
  const tensors = await atomicDirectory(outDir, async (folder) => {
    const written = await writeModelFolder(
      { ...loaded, config: { ...plan.config, image_seq_length: model.tokensPerImage } },
      language.dir,
      folder,
    );
    await writeTokenizerFiles(folder, token, template);
    const facts = { imageToken: token.text, classTokens };
    await writeProcessorFiles(folder, vision.dir, plan.config, facts);
    await openAgain(folder);
    return written;
  });
  return {
    outDir,
    tensors,
    ...describeModel(loaded),
    imageToken: token,
    vocabulary: { rows: model.languageModel.config.vocabSize, newRows: plan.newRows },
    template: template.name,
    notes: notesOn(plan, token, template.instead),
  };
}

async function requireEmpty(outDir: string): Promise<void> {
  const names = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new LensmithError('compose/output-exists', `${outDir} is no folder.`, { cause: error });
  });
  if (names.length === 0) return;
  throw new LensmithError('compose/output-exists', `${outDir} is not empty.`, {
    expected: 'a new or empty folder',
    got: names.slice(0, 8).join(', '),
    hint: 'Choose another folder for --out.',
  });
}

function imageTokenOf({ llava }: ModelPart, tokenizer: Tokenizer): PlacedToken {
  if (llava === null) return placeToken(tokenizer, '<image>');
  return { ...resolveImageToken(llava, tokenizer), isNew: false };
}

interface Plan {
  readonly config: Json;
  readonly newRows: number;
  readonly projector: 'mlp2x_gelu' | 'linear';
}

function composedConfig(
  request: ComposeRequest,
  vision: ModelPart,
  language: ModelPart,
  token: PlacedToken,
): Plan {
  const { projector = 'mlp2x_gelu' } = request;
  const storedRows = new ConfigReader(language.config, 'text_config').size('vocab_size', 32000);
  const rows = Math.max(storedRows, token.id + 1);
  const hasClassToken = vision.config['model_type'] === 'clip_vision_model';
  const pad = language.config['pad_token_id'] ?? language.llava?.['pad_token_id'];
  const config = {
    model_type: 'llava',
    image_token_index: token.id,
    ...(typeof pad === 'number' ? { pad_token_id: pad } : {}),
    projector_hidden_act: 'gelu',
    multimodal_projector_bias: true,
    ...(projector === 'linear' ? { mm_projector_type: projector } : {}),
    vision_feature_layer: request.featureLayer ?? vision.llava?.['vision_feature_layer'] ?? -2,
    vision_feature_select_strategy:
      request.strategy ??
      vision.llava?.['vision_feature_select_strategy'] ??
      (hasClassToken ? 'default' : 'full'),
    vision_config: vision.config,
    text_config: { ...language.config, vocab_size: rows },
  };
  return { config, newRows: rows - storedRows, projector };
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

function notesOn(plan: Plan, token: PlacedToken, instead: string | null): string[] {
  const { newRows, projector } = plan;
  return [
    ...(token.isNew ? [`${token.text} was added to the tokenizer with the id ${token.id}.`] : []),
    ...(newRows > 0
      ? [`The vocabulary grew by ${newRows}: new rows are the mean of the others.`]
      : []),
    ...(instead === null
      ? []
      : [`The chat template in ${instead} knows no images and was replaced.`]),
    ...(projector === 'linear'
      ? ['Other programs expect two maps in a projector and do not read a linear one.']
      : []),
  ];
}
