import { LensmithError } from '../base/errors.ts';
import { TemplateEngine } from './template-engine.ts';
import { findTemplate, type FoundTemplate, type TemplateSource } from './template-files.ts';
import type { Tokenizer } from './tokenizer.ts';

export type { TemplateSource } from './template-files.ts';

/** One part of a message as templates see it; a video is its frames, each an image. */
export type TemplatePart =
  { readonly type: 'text'; readonly text: string } | { readonly type: 'image' };

export interface TemplateMessage {
  readonly role: string;
  readonly content: readonly TemplatePart[];
}

export interface RenderOptions {
  /** End with the words after which the assistant answers (default false). */
  readonly addGenerationPrompt?: boolean;
}

/** What a template takes as `content` of a message. */
type ContentForm = 'parts' | 'string';

const probeText = 'lensmith probe text';

/**
 * A model's chat template. Messages go in as lists of parts; templates that want `content` as a
 * string get one, with the image placeholder and a line break for each image. Which form a
 * template wants is found out by rendering short trials, per role.
 */
export class ChatTemplate {
  readonly source: TemplateSource;
  readonly imageToken: string;
  readonly #engine: TemplateEngine;
  readonly #variables: { readonly [name: string]: unknown };
  readonly #forms: ReadonlyMap<string, ContentForm>;

  /** @throws tokenizers/bad-template, tokenizers/template-too-slow */
  constructor(template: FoundTemplate, now: () => Date = () => new Date()) {
    const { source } = template;
    this.source = source;
    this.imageToken = template.imageToken;
    const name = source.kind === 'file' ? source.file : `"${source.name}" (built in)`;
    this.#engine = new TemplateEngine(name, template.text, now);
    const none = { tools: null, documents: null };
    this.#variables = { image_token: template.imageToken, ...template.variables, ...none };
    const user = this.#probeForm('user') ?? this.#explainUnusable();
    this.#forms = new Map([
      ['user', user],
      ['assistant', this.#probeForm('assistant', user) ?? user],
      ['system', this.#probeForm('system', user) ?? user],
    ]);
  }

  /**
   * The prompt of a conversation as text, with one placeholder for each image.
   * @throws tokenizers/template-refused, tokenizers/bad-template, tokenizers/template-too-slow
   */
  renderPrompt(messages: readonly TemplateMessage[], options: RenderOptions = {}): string {
    const forms = this.#forms;
    const formOf = (role: string): ContentForm => forms.get(role) ?? forms.get('user') ?? 'parts';
    return this.#render(messages, formOf, options.addGenerationPrompt ?? false);
  }

  #render(
    messages: readonly TemplateMessage[],
    formOf: (role: string) => ContentForm,
    addGenerationPrompt: boolean,
  ): string {
    const plain = messages.map(({ role, content }) => ({
      role,
      content: formOf(role) === 'parts' ? content.map(barePart) : this.#joinParts(content),
    }));
    return this.#engine.render({
      ...this.#variables,
      messages: plain,
      add_generation_prompt: addGenerationPrompt,
    });
  }

  #joinParts(content: readonly TemplatePart[]): string {
    return content
      .map((part) => (part.type === 'text' ? part.text : `${this.imageToken}\n`))
      .join('');
  }

  /** The form in which the text of `role` comes out whole; undefined when none does. */
  #probeForm(role: string, userForm?: ContentForm): ContentForm | undefined {
    const text = { type: 'text', text: probeText } as const;
    const question = { role: 'user', content: [{ type: 'text', text: 'q' }] } as const;
    const around = (content: readonly TemplatePart[]): TemplateMessage[] => {
      if (role === 'system') return [{ role, content }, question];
      return role === 'user' ? [{ role, content }] : [question, { role, content }];
    };
    const shows = (content: readonly TemplatePart[], form: ContentForm, also: string): boolean => {
      try {
        const forms = (other: string): ContentForm => (other === role ? form : (userForm ?? form));
        const output = this.#render(around(content), forms, false);
        return output.includes(probeText) && output.includes(also) && !/["']type["']:/.test(output);
      } catch (thrown) {
        if (thrown instanceof LensmithError && thrown.code !== 'tokenizers/template-too-slow')
          return false;
        throw thrown;
      }
    };
    if (role === 'user') {
      const withImage = [{ type: 'image' }, text] as const;
      if (shows(withImage, 'parts', this.imageToken)) return 'parts';
      if (shows(withImage, 'string', this.imageToken)) return 'string';
    }
    if (shows([text], 'parts', '')) return 'parts';
    return shows([text], 'string', '') ? 'string' : undefined;
  }

  #explainUnusable(): never {
    const content = [{ type: 'text', text: probeText }] as const;
    const output = this.#render([{ role: 'user', content }], () => 'parts', false); // throws its own reason
    throw new LensmithError(
      'tokenizers/bad-template',
      'The chat template does not write what users say.',
      {
        expected: 'a prompt that holds the text of the user',
        got: JSON.stringify(output.slice(0, 200)),
      },
    );
  }
}

/** Further properties (paths, regions) are not handed to templates. */
function barePart(part: TemplatePart): TemplatePart {
  return part.type === 'text' ? { type: 'text', text: part.text } : { type: 'image' };
}

/**
 * Reads the chat template of a model folder; see {@link findTemplate} for the order of files and
 * the built-in ones (`template.source` says which it was).
 * @param options.tokenizer  its special tokens become the template's bos_token, eos_token …
 * @param options.name       one of several named templates
 * @param options.now        clock for templates that write the date
 * @throws tokenizers/no-chat-template, tokenizers/no-such-template, tokenizers/bad-template,
 *   tokenizers/template-too-slow, tokenizers/bad-json, tokenizers/unreadable-file
 */
export async function loadChatTemplate(
  directory: string,
  options: {
    readonly tokenizer: Pick<Tokenizer, 'special'>;
    readonly name?: string;
    readonly now?: () => Date;
  },
): Promise<ChatTemplate> {
  const found = await findTemplate(directory, options.name);
  const variables: { [name: string]: string } = { ...found.variables };
  for (const [name, token] of Object.entries(options.tokenizer.special)) {
    if (token !== null) variables[`${name}_token`] = token.text;
  }
  return new ChatTemplate({ ...found, variables }, options.now);
}
