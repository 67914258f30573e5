import { encodeConversation } from '../../src-main/data/conversation.ts';
import { loadImageProcessor } from '../../src-main/data/image-processor.ts';
import { loadChatTemplate } from '../../src-main/tokenizers/chat-template.ts';
import { imageTokenCount, resolveImageToken } from '../../src-main/tokenizers/image-tokens.ts';
import { loadTokenizer } from '../../src-main/tokenizers/tokenizer.ts';
import type { StarterSample } from './data.ts';
import { MODEL_DIR } from './sources.ts';

/** A conversation as the packer takes it, with the pixel values of its one image. */
export interface EncodedSample {
  readonly id: string;
  readonly inputIds: Int32Array;
  readonly labels: Int32Array;
  readonly imageCount: number;
  /** [3, H, W], or null without an image. */
  readonly pixels: Float32Array | null;
}

/** The app's own path from words and pictures to ids and pixel values. */
export async function makeEncoder(
  config: Record<string, unknown>,
): Promise<(sample: StarterSample) => EncodedSample> {
  const tokenizer = await loadTokenizer(MODEL_DIR);
  const template = await loadChatTemplate(MODEL_DIR, { tokenizer });
  const processor = await loadImageProcessor(MODEL_DIR);
  const imageTokenId = resolveImageToken(config, tokenizer).id;
  const tokens = imageTokenCount(config);
  return (sample) => {
    const messages = sample.turns.flatMap(({ question, answer }, i) => [
      {
        role: 'user' as const,
        content: [
          ...(i === 0 && sample.image !== null ? [{ type: 'image' as const }] : []),
          { type: 'text' as const, text: question },
        ],
      },
      { role: 'assistant' as const, content: [{ type: 'text' as const, text: answer }] },
    ]);
    const encoded = encodeConversation(messages, tokenizer, template, {
      imageTokenId,
      imageTokenCount: tokens,
    });
    const { width, height, image } = sample;
    return {
      id: '',
      inputIds: encoded.inputIds,
      labels: encoded.labels,
      imageCount: image === null ? 0 : 1,
      pixels: image === null ? null : processor.process({ width, height, data: image }).data,
    };
  };
}
