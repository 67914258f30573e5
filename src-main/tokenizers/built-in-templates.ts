/** Templates of known families, for folders that bring none. Parts stay in their order. */
export const builtInTemplates = {
  vicuna: `
{%- for message in messages -%}
  {%- if message['role'] == 'user' -%}{{ 'USER: ' }}
  {%- elif message['role'] == 'assistant' -%}{{ 'ASSISTANT: ' }}
  {%- endif -%}
  {%- for part in message['content'] -%}
    {%- if part['type'] == 'image' -%}{{ image_token + '\\n' }}
    {%- else -%}{{ part['text'] }}
    {%- endif -%}
  {%- endfor -%}
  {{- eos_token if message['role'] == 'assistant' else ' ' -}}
{%- endfor -%}
{{- 'ASSISTANT:' if add_generation_prompt else '' -}}`,
  chatml: `
{%- for message in messages -%}
  {{- '<|im_start|>' + message['role'] + '\\n' -}}
  {%- for part in message['content'] -%}
    {%- if part['type'] == 'image' -%}{{ image_token + '\\n' }}
    {%- else -%}{{ part['text'] }}
    {%- endif -%}
  {%- endfor -%}
  {{- '<|im_end|>\\n' -}}
{%- endfor -%}
{{- '<|im_start|>assistant\\n' if add_generation_prompt else '' -}}`,
} as const;

export type BuiltInTemplateName = keyof typeof builtInTemplates;

/** By `model_type` of the text model, or of the whole where it names none. */
const builtInByModelType: { readonly [modelType: string]: BuiltInTemplateName } = {
  llama: 'vicuna',
  llava: 'vicuna',
  qwen2: 'chatml',
};

export function builtInTemplateFor(modelTypes: readonly string[]): BuiltInTemplateName | undefined {
  for (const modelType of modelTypes) {
    if (Object.hasOwn(builtInByModelType, modelType)) return builtInByModelType[modelType];
  }
  return undefined;
}
