import { sampleLoss } from '../../eval/sample-loss.ts';
import { readConversation } from '../../formats/datasets/index.ts';
import { writeSafetensors } from '../../formats/weights/safetensors.ts';
import type { SafetensorsSource } from '../../formats/weights/safetensors.ts';
import { cancellable } from '../../generation/cancel.ts';
import { imageFeatures } from '../../generation/image-features.ts';
import { packSequences } from '../../nn/sequence.ts';
import { scoped } from '../../tensor/scope.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import { pixelBatch } from '../session/session.ts';
import type { Session } from '../session/session.ts';

export interface ForwardRequest {
  /** JSON file with one conversation. */
  readonly conversation: string;
  /** End the prompt with the words after which the assistant answers. */
  readonly addGenerationPrompt?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One pass over a conversation, with what lies between. */
export interface ForwardResult {
  readonly prompt: string;
  readonly tokenCount: number;
  /** Mean over the assistant's tokens, in nats; null when there are none. */
  readonly loss: number | null;
  /**
   * `input_ids` [1, T] i64, `logits` [1, T, V] f32, and with images `pixel_values` [B, 3, H, W],
   * `vision_features` [B, P, C] as selected for the projector, `projected` [B, P, D], all f32.
   */
  readonly tensors: readonly SafetensorsSource[];
}

/** @throws job/cancelled and the errors of reading the conversation and its media */
export function forward(session: Session, request: ForwardRequest): Promise<ForwardResult> {
  return cancellable(request.signal, 'The forward pass', () => pass(session, request));
}

async function pass(session: Session, request: ForwardRequest): Promise<ForwardResult> {
  const { loaded, processor, media } = session;
  const { model } = loaded;
  const { signal } = request;
  const sample = await readConversation(request.conversation);
  const prepared = await processor.prepare(sample, media, {
    addGenerationPrompt: request.addGenerationPrompt ?? false,
    signal,
  });
  const pixels = await pixelBatch(prepared, processor, signal);
  using features = pixels && imageFeatures(model, pixels);
  const tensors: SafetensorsSource[] = [idsSource(prepared.inputIds)];
  if (pixels !== null && features !== null) {
    const byImage = [prepared.imageCount, model.tokensPerImage];
    using projected = scoped(() => model.connector.forward(features));
    tensors.push(
      { name: 'pixel_values', dtype: 'F32', shape: pixels.shape, data: bytesOf(pixels.data) },
      await floatSource('vision_features', features, [...byImage, features.dim(1)]),
      await floatSource('projected', projected, [...byImage, projected.dim(1)]),
    );
  }
  using logits = scoped(() => {
    using sequences = packSequences([prepared.inputIds.length]);
    return model.logits(model.hidden({ inputIds: prepared.inputIds, sequences, features }));
  });
  tensors.push(await floatSource('logits', logits, [1, ...logits.shape]));
  const { sum, tokens } = await sampleLoss(model, prepared, features);
  return {
    prompt: prepared.prompt,
    tokenCount: prepared.inputIds.length,
    loss: tokens === 0 ? null : sum / tokens,
    tensors,
  };
}

/** Writes the tensors of a pass to one safetensors file. @throws the errors of writeSafetensors */
export async function writeForward(path: string, result: ForwardResult): Promise<void> {
  await writeSafetensors(path, result.tensors);
}

function idsSource(inputIds: Int32Array): SafetensorsSource {
  const data = bytesOf(BigInt64Array.from(inputIds, BigInt));
  return { name: 'input_ids', dtype: 'I64', shape: [1, inputIds.length], data };
}

async function floatSource(
  name: string,
  tensor: Tensor,
  shape: readonly number[],
): Promise<SafetensorsSource> {
  return { name, dtype: 'F32', shape, data: bytesOf(await tensor.readFloats()) };
}

function bytesOf(array: Float32Array | BigInt64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
