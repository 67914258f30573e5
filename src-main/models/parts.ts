/**
 * Folders that a part of a LLaVA model can be taken from: an image encoder
 * (CLIP, SigLIP, with or without their text side), a language model, or a
 * LLaVA model, of which one part is used.
 */
import { LensmithError } from '../base/errors.ts';
import { canonicalModulePath } from '../formats/adapters/module-names.ts';
import { openCheckpointFolder } from '../formats/weights/checkpoint-folder.ts';
import { ConfigReader } from './config.ts';
import type { Json } from './config.ts';
import { languageArchitecture, visionArchitecture } from './families.ts';
import { ignoredLanguageWeights, ignoredVisionWeights, isLlava, readModelConfig } from './load.ts';
import { llava } from './llava.ts';
import { hasOwnHead } from './own-head.ts';

export interface ModelPart {
  readonly dir: string;
  /** `vision_config` or `text_config` of the model to be. */
  readonly config: Json;
  /** config.json of the LLaVA model that this is a part of, if it is. */
  readonly llava: Json | null;
  /** From a name in the folder's files to that in a LLaVA model. */
  readonly rename: (diskName: string) => string;
  /** Renamed weights that are of no use. */
  readonly ignored: readonly RegExp[];
}

/** What says how a file was saved, not what the model is. */
const savedWith = new Set(['_name_or_path', 'transformers_version', 'dtype', 'torch_dtype']);

function sectionOf(config: Json): Json {
  const kept = Object.entries(config).filter(([name]) => !savedWith.has(name));
  return Object.fromEntries(kept);
}

/** @throws models/unsupported when `supported` does, saying whose folder it is */
function supportedIn(dir: string, wanted: string, supported: () => unknown): void {
  try {
    supported();
  } catch (cause) {
    if (!(cause instanceof LensmithError) || cause.code !== 'models/unsupported') throw cause;
    throw new LensmithError('models/unsupported', `${dir} holds no ${wanted} that is supported.`, {
      expected: `${cause.expected ?? ''}, ${llava.modelTypes.join(', ')}`,
      got: cause.got,
      hint: cause.hint,
      cause,
    });
  }
}

/**
 * The image encoder of a folder.
 * @throws models/no-config, models/bad-config, models/unsupported
 */
export async function visionPart(dir: string): Promise<ModelPart> {
  const whole = await readModelConfig(dir);
  const reader = new ConfigReader(whole, `${dir}: config.json`);
  const type = reader.text('model_type');
  const nested = isLlava(whole) || reader.has('vision_config');
  const given = nested ? reader.section('vision_config') : reader;
  const tower = given.text('model_type', isLlava(whole) || type === 'clip' ? 'clip' : type);
  // A model with both sides has the type of neither.
  const towerType = tower === 'clip' || tower === 'siglip' ? `${tower}_vision_model` : tower;
  const named = new ConfigReader({ ...given.json, model_type: towerType }, `${dir}: vision_config`);
  supportedIn(dir, 'image encoder', () => visionArchitecture(named));
  const { parseConfig, configWithoutThem } = visionArchitecture(named);
  const { imageSize, patchSize } = parseConfig(named);
  return {
    dir,
    llava: isLlava(whole) ? whole : null,
    config: {
      ...sectionOf(named.json),
      image_size: imageSize,
      patch_size: patchSize,
      ...configWithoutThem,
    },
    rename: isLlava(whole) ? canonicalModulePath : renameTower,
    ignored: [...ignoredVisionWeights(named), ...(isLlava(whole) ? besideTower : besideEncoder)],
  };
}

/** Newer savers leave out `vision_model` where there is no text side. */
function renameTower(name: string): string {
  return name
    .replace(/^vision_model\./, 'model.vision_tower.')
    .replace(
      /^(?=(?:embeddings|encoder|pre_layrnorm|post_layernorm|head)\.)/,
      'model.vision_tower.',
    );
}

const besideEncoder = [
  /^text_model\./,
  /^(?:visual|text)_projection\.weight$/,
  /^logit_(?:scale|bias)$/,
];
const connector = [/^model\.multi_modal_projector\./, /^model\.image_newline$/];
const besideTower = [...connector, /^model\.language_model\./, /^lm_head\.weight$/];
const besideLanguage = [...connector, /^model\.vision_tower\./];

/**
 * The language model of a folder.
 * @throws models/no-config, models/bad-config, models/unsupported, and the errors of openCheckpointFolder
 */
export async function languagePart(dir: string): Promise<ModelPart> {
  const whole = await readModelConfig(dir);
  const reader = new ConfigReader(whole, `${dir}: config.json`);
  const type = reader.text('model_type');
  const given = isLlava(whole) ? reader.section('text_config') : reader;
  const named = {
    ...given.json,
    model_type: given.text('model_type', isLlava(whole) ? 'llama' : type),
  };
  const text = new ConfigReader(named, `${dir}: text_config`);
  supportedIn(dir, 'language model', () => languageArchitecture(text));
  const rename = isLlava(whole) ? canonicalModulePath : renameDecoder;
  const config = sectionOf(named);
  const isTied = text.flag('tie_word_embeddings', false);
  const keepsHead = isTied && (await hasOwnHead(await openCheckpointFolder(dir), rename));
  return {
    dir,
    llava: isLlava(whole) ? whole : null,
    config: keepsHead ? { ...config, tie_word_embeddings: false } : config,
    rename,
    ignored: [...ignoredLanguageWeights(text), ...(isLlava(whole) ? besideLanguage : [])],
  };
}

/** A model saved without its head has no `model` before its names. */
function renameDecoder(name: string): string {
  return name.replace(/^(?:model\.)?(?=(?:embed_tokens|layers|norm)\.)/, 'model.language_model.');
}
