/** What a composed model will be: decided from the files of its parts, before a weight is touched. */
import { resolve } from 'node:path';
import { storedRowsOf } from '../../models/composed-source.ts';
import type { Json } from '../../models/config.ts';
import { languagePart, visionPart } from '../../models/parts.ts';
import type { ModelPart } from '../../models/parts.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { DType } from '../../tensor/dtype.ts';
import { placeToken } from '../../tokenizers/add-token.ts';
import type { PlacedToken } from '../../tokenizers/add-token.ts';
import { resolveImageToken } from '../../tokenizers/image-tokens.ts';
import { loadTokenizer } from '../../tokenizers/tokenizer.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';
import { chooseTemplate } from './processor-files.ts';
import type { ChosenTemplate } from './processor-files.ts';

export interface ComposeRequest extends DeviceOptions {
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
  /** What it is at, in words. */
  readonly onStage?: (stage: string) => void;
  /** Looked at between the stages; nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

/** All that is chosen for the model to be. */
export interface CompositionPlan {
  readonly vision: ModelPart;
  readonly language: ModelPart;
  readonly tokenizer: Tokenizer;
  readonly token: PlacedToken;
  readonly template: ChosenTemplate;
  readonly config: Json;
  /** Rows that the vocabulary grows by. */
  readonly newRows: number;
  readonly projector: 'mlp2x_gelu' | 'linear';
}

type Wish = Pick<
  ComposeRequest,
  'visionDir' | 'languageDir' | 'projector' | 'featureLayer' | 'strategy'
>;

/** @throws the errors of visionPart, languagePart, loadTokenizer, placeToken and chooseTemplate */
export async function planComposition(request: Wish): Promise<CompositionPlan> {
  const vision = await visionPart(resolve(request.visionDir));
  const language = await languagePart(resolve(request.languageDir));
  const tokenizer = await loadTokenizer(language.dir);
  const token = imageTokenOf(language, tokenizer);
  const type = String(language.config['model_type']);
  const template = await chooseTemplate(language.dir, type, tokenizer, token.text);
  const { config, newRows, projector } = composedConfig(request, vision, language, token);
  return { vision, language, tokenizer, token, template, config, newRows, projector };
}

function imageTokenOf({ llava }: ModelPart, tokenizer: Tokenizer): PlacedToken {
  if (llava === null) return placeToken(tokenizer, '<image>');
  return { ...resolveImageToken(llava, tokenizer), isNew: false };
}

function composedConfig(
  request: Wish,
  vision: ModelPart,
  language: ModelPart,
  token: PlacedToken,
): Pick<CompositionPlan, 'config' | 'newRows' | 'projector'> {
  const { projector = 'mlp2x_gelu' } = request;
  const storedRows = storedRowsOf(language);
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

/** What the person should know of the choices made. */
export function notesOn({ newRows, projector, token, template }: CompositionPlan): string[] {
  const { instead } = template;
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
