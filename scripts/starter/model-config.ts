/** The starter checkpoint's files in Hugging Face layout, all but weights and README. */
import { configText } from '../../src-main/formats/weights/config-text.ts';

export interface ModelRecipe {
  readonly imageSize: number;
  readonly patchSize: number;
  readonly vocabularySize: number;
  readonly vision: {
    readonly hiddenSize: number;
    readonly layers: number;
    readonly heads: number;
    readonly intermediateSize: number;
  };
  readonly text: ModelRecipe['vision'] & { readonly keyValueHeads: number };
}

export const SPECIAL_TOKENS = ['<pad>', '<s>', '</s>', '<image>'] as const;
const [PAD, BOS, EOS, IMAGE] = [0, 1, 2, 3];

/** Images first, then the words, as LLaVA-1.5 lays a turn out. */
const CHAT_TEMPLATE = `{% if messages[0]['role'] == 'system' %}{% for c in messages[0]['content'] if c['type'] == 'text' %}{{ c['text'] + ' ' }}{% endfor %}{% endif %}{% for m in messages %}{% if m['role'] == 'user' %}{{ 'USER: ' }}{% for c in m['content'] if c['type'] == 'image' %}{{ '<image>
' }}{% endfor %}{% for c in m['content'] if c['type'] == 'text' %}{{ c['text'] + ' ' }}{% endfor %}{% elif m['role'] == 'assistant' %}{{ 'ASSISTANT: ' }}{% for c in m['content'] if c['type'] == 'text' %}{% generation %}{{ c['text'] + '</s>' }}{% endgeneration %}{% endfor %}{% endif %}{% endfor %}{% if add_generation_prompt %}{{ 'ASSISTANT:' }}{% endif %}`;

function tokenizer(vocab: Record<string, number>, merges: readonly [string, string][]): object {
  const byteLevel = {
    type: 'ByteLevel',
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  };
  const bos = { SpecialToken: { id: '<s>', type_id: 0 } };
  const sequence = (id: string, type: number): object => ({ Sequence: { id, type_id: type } });
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: {
      type: 'TemplateProcessing',
      single: [bos, sequence('A', 0)],
      pair: [bos, sequence('A', 0), { SpecialToken: { id: '<s>', type_id: 1 } }, sequence('B', 1)],
      special_tokens: { '<s>': { id: '<s>', ids: [BOS], tokens: ['<s>'] } },
    },
    decoder: byteLevel,
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab,
      merges,
    },
  };
}

function config({ imageSize, patchSize, vocabularySize, vision, text }: ModelRecipe): object {
  return {
    architectures: ['LlavaForConditionalGeneration'],
    model_type: 'llava',
    dtype: 'bfloat16',
    torch_dtype: 'bfloat16',
    image_token_index: IMAGE,
    image_seq_length: (imageSize / patchSize) ** 2,
    pad_token_id: PAD,
    projector_hidden_act: 'gelu',
    multimodal_projector_bias: true,
    vision_feature_layer: -1,
    vision_feature_select_strategy: 'default',
    tie_word_embeddings: true,
    vision_config: {
      model_type: 'clip_vision_model',
      hidden_size: vision.hiddenSize,
      intermediate_size: vision.intermediateSize,
      num_hidden_layers: vision.layers,
      num_attention_heads: vision.heads,
      image_size: imageSize,
      patch_size: patchSize,
      num_channels: 3,
      projection_dim: vision.hiddenSize,
      hidden_act: 'quick_gelu',
      layer_norm_eps: 1e-5,
      attention_dropout: 0,
      initializer_factor: 1,
      initializer_range: 0.02,
    },
    text_config: {
      model_type: 'llama',
      vocab_size: vocabularySize,
      hidden_size: text.hiddenSize,
      intermediate_size: text.intermediateSize,
      num_hidden_layers: text.layers,
      num_attention_heads: text.heads,
      num_key_value_heads: text.keyValueHeads,
      head_dim: text.hiddenSize / text.heads,
      hidden_act: 'silu',
      max_position_embeddings: 2048,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      rope_scaling: null,
      rope_parameters: { rope_theta: 10000, rope_type: 'default' },
      attention_bias: false,
      mlp_bias: false,
      attention_dropout: 0,
      initializer_range: 0.02,
      tie_word_embeddings: true,
      use_cache: true,
      bos_token_id: BOS,
      eos_token_id: EOS,
      pad_token_id: PAD,
    },
  };
}

function imageProcessor(imageSize: number): object {
  return {
    image_processor_type: 'CLIPImageProcessor',
    do_convert_rgb: true,
    do_resize: true,
    size: { shortest_edge: imageSize },
    resample: 3,
    do_center_crop: true,
    crop_size: { height: imageSize, width: imageSize },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: [0.48145466, 0.4578275, 0.40821073],
    image_std: [0.26862954, 0.26130258, 0.27577711],
  };
}

/** File name to content for the whole checkpoint folder, weights and README apart. */
export function modelFiles(
  recipe: ModelRecipe,
  vocab: Record<string, number>,
  merges: readonly [string, string][],
): Record<string, string> {
  const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;
  const processor = imageProcessor(recipe.imageSize);
  return {
    'tokenizer.json': `${JSON.stringify(tokenizer(vocab, merges))}\n`,
    'tokenizer_config.json': json({
      tokenizer_class: 'PreTrainedTokenizerFast',
      processor_class: 'LlavaProcessor',
      bos_token: '<s>',
      eos_token: '</s>',
      pad_token: '<pad>',
      image_token: '<image>',
      add_bos_token: true,
      add_prefix_space: false,
      clean_up_tokenization_spaces: false,
      model_max_length: 2048,
    }),
    'chat_template.jinja': CHAT_TEMPLATE,
    'config.json': configText(config(recipe)),
    'generation_config.json': json({ bos_token_id: BOS, eos_token_id: EOS, pad_token_id: PAD }),
    'preprocessor_config.json': json(processor),
    'processor_config.json': json({
      processor_class: 'LlavaProcessor',
      image_processor: processor,
      image_token: '<image>',
      num_additional_image_tokens: 1,
      patch_size: recipe.patchSize,
      vision_feature_select_strategy: 'default',
    }),
  };
}
