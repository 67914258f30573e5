import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src-main/formats/weights/safetensors.ts';
import { readTensors } from './model-folder.ts';

type Json = Record<string, unknown>;

const configOf = (model: string): Json =>
  JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as Json;

/** The tensors below `prefix`, with `renamed` in its place, and a config.json. */
async function writePart(
  model: string,
  dir: string,
  part: { readonly prefix: string; readonly renamed: string; readonly config: unknown },
): Promise<void> {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'config.json'), JSON.stringify(part.config));
  const tensors = (await readTensors(model))
    .filter(({ name }) => name.startsWith(part.prefix))
    .map((tensor) => ({ ...tensor, name: part.renamed + tensor.name.slice(part.prefix.length) }));
  await writeSafetensors(join(dir, 'model.safetensors'), tensors);
}

/** The vision tower of a LLaVA folder as it would be published alone. */
export async function writeVisionFolder(model: string, dir: string): Promise<void> {
  const config = configOf(model)['vision_config'];
  const names = { prefix: 'vision_tower.vision_model.', renamed: 'vision_model.' };
  await writePart(model, dir, { ...names, config });
  const name = 'preprocessor_config.json';
  copyFileSync(join(model, name), join(dir, name));
}

/** The language model of a LLaVA folder as it would be published alone. */
export async function writeLanguageFolder(model: string, dir: string): Promise<void> {
  const config = configOf(model)['text_config'];
  await writePart(model, dir, { prefix: 'language_model.', renamed: '', config });
  for (const name of ['tokenizer.json', 'tokenizer_config.json', 'generation_config.json']) {
    copyFileSync(join(model, name), join(dir, name));
  }
  copyFileSync(join(model, 'chat_template.jinja'), join(dir, 'chat_template.jinja'));
}
