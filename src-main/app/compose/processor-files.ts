/** Tokenizer, template and processor files of a composed model. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../../base/atomic-file.ts';
import { LensmithError } from '../../base/errors.ts';
import type { Json } from '../../models/config.ts';
import { withAddedToken, withTokenInConfig } from '../../tokenizers/add-token.ts';
import type { PlacedToken } from '../../tokenizers/add-token.ts';
import { builtInTemplateFor, builtInTemplates } from '../../tokenizers/built-in-templates.ts';
import { isJsonObject, readModelJson } from '../../tokenizers/model-files.ts';
import type { JsonObject } from '../../tokenizers/model-files.ts';
import { TemplateEngine } from '../../tokenizers/template-engine.ts';
import { findTemplate } from '../../tokenizers/template-files.ts';
import type { FoundTemplate } from '../../tokenizers/template-files.ts';
import type { Tokenizer } from '../../tokenizers/tokenizer.ts';

const maxTokenizerBytes = 128 * 2 ** 20;
const maxSideFileBytes = 16 * 2 ** 20;

export interface ChosenTemplate {
  readonly text: string;
  /** As people are told: a file, or the name of a built-in one. */
  readonly name: string;
  /** The file whose template knows no images, and so is not used. */
  readonly instead: string | null;
}

/**
 * The language model's own template when it writes images, else the built-in one of its family.
 * @throws the errors of findTemplate but tokenizers/no-chat-template
 */
export async function chooseTemplate(
  dir: string,
  modelType: string,
  tokenizer: Tokenizer,
  imageToken: string,
): Promise<ChosenTemplate> {
  const own = await findTemplate(dir).catch((error: unknown) => {
    if (error instanceof LensmithError && error.code === 'tokenizers/no-chat-template') return null;
    throw error;
  });
  const file = own?.source.kind === 'file' ? own.source.file : null;
  if (own !== null && file !== null && writesImages({ ...own, imageToken }, tokenizer)) {
    return { text: own.text, name: file, instead: null };
  }
  const hasTurns = ['<|im_start|>', '<|im_end|>'].every(
    (token) => tokenizer.tokenToId(token) !== undefined,
  );
  const name = hasTurns ? 'chatml' : (builtInTemplateFor([modelType, 'llava']) ?? 'vicuna');
  // Written out, since other programs hand no image_token to templates.
  const text = builtInTemplates[name].replaceAll('image_token', () => JSON.stringify(imageToken));
  return { text: `${text.trim()}\n`, name: `built-in ${name}`, instead: file };
}

/** Whether a message of parts comes out with its text and the placeholder of its image. */
function writesImages(template: FoundTemplate, tokenizer: Tokenizer): boolean {
  const question = 'lensmith probe text';
  const content = [{ type: 'image' }, { type: 'text', text: question }];
  const variables: Record<string, unknown> = {
    ...template.variables,
    tools: null,
    documents: null,
  };
  for (const [name, token] of Object.entries(tokenizer.special)) {
    if (token !== null) variables[`${name}_token`] = token.text;
  }
  try {
    const engine = new TemplateEngine('chat template', template.text, () => new Date());
    const prompt = engine.render({
      image_token: template.imageToken,
      ...variables,
      messages: [{ role: 'user', content }],
      add_generation_prompt: true,
    });
    const isListed = /["']type["']:/.test(prompt);
    return prompt.includes(template.imageToken) && prompt.includes(question) && !isListed;
  } catch (error) {
    if (error instanceof LensmithError) return false;
    throw error;
  }
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await writeFileAtomic(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
}

/**
 * Puts token and template into a folder that already has the language model's files.
 * @throws the errors of readModelJson and the writers
 */
export async function writeTokenizerFiles(
  folder: string,
  token: PlacedToken,
  template: ChosenTemplate,
): Promise<void> {
  const config = (await readModelJson(folder, 'tokenizer_config.json', maxSideFileBytes)) ?? {};
  const added = await readModelJson(folder, 'added_tokens.json', maxSideFileBytes);
  const { chat_template: replaced, ...others } = token.isNew
    ? withTokenInConfig(config, token)
    : config;
  const kept = template.instead === null && replaced !== undefined;
  await writeJson(folder, 'tokenizer_config.json', {
    ...others,
    ...(kept ? { chat_template: replaced } : {}),
    processor_class: 'LlavaProcessor',
  });
  if (token.isNew) {
    const json = (await readModelJson(folder, 'tokenizer.json', maxTokenizerBytes)) ?? {};
    await writeJson(folder, 'tokenizer.json', withAddedToken(json, token));
    if (added !== undefined) {
      await writeJson(folder, 'added_tokens.json', { ...added, [token.text]: token.id });
    }
  }
  await rm(join(folder, 'chat_template.json'), { force: true });
  await writeFileAtomic(join(folder, 'chat_template.jinja'), template.text);
}

/**
 * How the vision folder says that pictures are prepared.
 * @throws data/processor-missing, and the errors of readModelJson
 */
export async function findImageProcessor(visionDir: string): Promise<JsonObject> {
  const whole = await readModelJson(visionDir, 'processor_config.json', maxSideFileBytes);
  const nested = whole?.['image_processor'];
  const found = isJsonObject(nested)
    ? nested
    : await readModelJson(visionDir, 'preprocessor_config.json', maxSideFileBytes);
  if (found === undefined) {
    throw new LensmithError(
      'data/processor-missing',
      `${visionDir} does not say how its pictures are prepared.`,
      {
        expected: 'preprocessor_config.json, or processor_config.json with image_processor',
        hint: 'Copy the file from where the image encoder was published.',
      },
    );
  }
  return found;
}

/**
 * The vision folder's image processor in both generations of its files.
 * @param config of the composed model
 * @throws data/processor-missing, and the errors of readModelJson and the writers
 */
export async function writeProcessorFiles(
  folder: string,
  visionDir: string,
  config: Json,
  facts: { readonly imageToken: string; readonly classTokens: number },
): Promise<void> {
  const found = await findImageProcessor(visionDir);
  const vision = config['vision_config'] as Json;
  const settings = { ...found, processor_class: 'LlavaProcessor' };
  await rm(join(folder, 'video_preprocessor_config.json'), { force: true });
  await writeJson(folder, 'preprocessor_config.json', settings);
  await writeJson(folder, 'processor_config.json', {
    image_processor: found,
    image_token: facts.imageToken,
    num_additional_image_tokens: facts.classTokens,
    patch_size: vision['patch_size'],
    processor_class: 'LlavaProcessor',
    vision_feature_select_strategy: config['vision_feature_select_strategy'],
  });
}
