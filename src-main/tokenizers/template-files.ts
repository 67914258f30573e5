import { LensmithError } from '../base/errors.ts';
import {
  builtInTemplateFor,
  builtInTemplates,
  type BuiltInTemplateName,
} from './built-in-templates.ts';
import { isJsonObject, readModelJson, readModelText, type JsonObject } from './model-files.ts';

const maxBytes = 16 * 2 ** 20;

/** Where a template came from: a file of the model folder, or one of ours by model type. */
export type TemplateSource =
  | { readonly kind: 'file'; readonly file: string; readonly name: string | null }
  | { readonly kind: 'built-in'; readonly name: BuiltInTemplateName };

export interface FoundTemplate {
  readonly source: TemplateSource;
  readonly text: string;
  /** What the template may name besides the messages: special tokens as text. */
  readonly variables: { readonly [name: string]: string };
  /** The placeholder of one image, e.g. `<image>`. */
  readonly imageToken: string;
}

interface NamedTemplate {
  readonly name: string;
  readonly text: string;
}

/** A template field of either form: one text, or a list of named texts. */
function listTemplates(value: unknown, file: string): NamedTemplate[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return [{ name: 'default', text: value }];
  const entries: unknown[] = Array.isArray(value)
    ? (value as unknown[])
    : isJsonObject(value)
      ? Object.entries(value).map(([name, template]) => ({ name, template }))
      : [undefined];
  return entries.map((entry) => {
    const { name, template } = isJsonObject(entry) ? entry : {};
    if (typeof name === 'string' && typeof template === 'string') return { name, text: template };
    throw new LensmithError(
      'tokenizers/bad-template',
      `The chat template in ${file} is malformed.`,
      {
        expected: 'a text, or a list of { name, template }',
        got: JSON.stringify(value).slice(0, 120),
      },
    );
  });
}

function chooseTemplate(
  file: string,
  templates: readonly NamedTemplate[],
  name: string | undefined,
): { source: TemplateSource; text: string } | undefined {
  if (templates.length === 0) return undefined;
  const wanted = name ?? 'default';
  const only = name === undefined && templates.length === 1 ? templates[0] : undefined;
  const found = only ?? templates.find((template) => template.name === wanted);
  if (found === undefined) {
    throw new LensmithError(
      'tokenizers/no-such-template',
      `${file} has no chat template "${wanted}".`,
      {
        expected: templates.map((template) => template.name).join(', '),
        got: wanted,
        hint: 'Choose one of the names that the file has.',
      },
    );
  }
  const isNamed = templates.length > 1 || found.name !== 'default';
  return { source: { kind: 'file', file, name: isNamed ? found.name : null }, text: found.text };
}

function modelTypesOf(config: JsonObject | undefined): string[] {
  const text = config?.['text_config'];
  const types = [isJsonObject(text) ? text['model_type'] : undefined, config?.['model_type']];
  return types.filter((type) => typeof type === 'string');
}

function tokenVariables(config: JsonObject): { [name: string]: string } {
  const variables: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(config)) {
    if (name.endsWith('_token') && typeof value === 'string') variables[name] = value;
  }
  return variables;
}

/**
 * The chat template of a model folder, looked for in chat_template.jinja, chat_template.json,
 * processor_config.json, tokenizer_config.json, in this order; else a built-in one by model type.
 * @param name  one of several named templates; `default` when not given
 * @throws tokenizers/no-chat-template, tokenizers/no-such-template, tokenizers/bad-template,
 *   tokenizers/bad-json, tokenizers/unreadable-file
 */
export async function findTemplate(directory: string, name?: string): Promise<FoundTemplate> {
  const jinja = await readModelText(directory, 'chat_template.jinja', maxBytes);
  const names = [
    'chat_template.json',
    'processor_config.json',
    'tokenizer_config.json',
    'config.json',
  ];
  const files = await Promise.all(names.map((file) => readModelJson(directory, file, maxBytes)));
  const [, processor, tokenizerConfig = {}, modelConfig] = files;
  const variables = tokenVariables(tokenizerConfig);
  const processorImageToken = processor?.['image_token'];
  const imageToken =
    typeof processorImageToken === 'string'
      ? processorImageToken
      : (variables['image_token'] ?? '<image>');
  const common = { variables, imageToken };

  const jinjaTemplates = jinja === undefined ? [] : [{ name: 'default', text: jinja }];
  const inJinja = chooseTemplate('chat_template.jinja', jinjaTemplates, name);
  if (inJinja !== undefined) return { ...inJinja, ...common };
  for (const [index, file] of names.slice(0, 3).entries()) {
    const found = chooseTemplate(file, listTemplates(files[index]?.['chat_template'], file), name);
    if (found !== undefined) return { ...found, ...common };
  }
  const modelTypes = modelTypesOf(modelConfig);
  const builtIn = builtInTemplateFor(modelTypes);
  if (builtIn !== undefined) {
    return {
      source: { kind: 'built-in', name: builtIn },
      text: builtInTemplates[builtIn],
      ...common,
    };
  }
  throw new LensmithError(
    'tokenizers/no-chat-template',
    `There is no chat template in ${directory}.`,
    {
      expected: ['chat_template.jinja', ...names.slice(0, 3)].join(', or in '),
      got: `none, and none is built in for ${modelTypes.join(', ') || 'a model of unknown type'}`,
      hint: 'Copy the chat template of the model that this one was made from into chat_template.jinja.',
    },
  );
}
