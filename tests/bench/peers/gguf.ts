/**
 * Writes the language model of the bench as a GGUF file with random weights, so that llama.cpp can
 * be measured at the same work. Only what that needs: one architecture, three forms of weights.
 * @source the format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
 */
import { closeSync, openSync, writeSync } from 'node:fs';

export const ggufForms = ['f32', 'f16', 'q8_0'] as const;
export type GgufForm = (typeof ggufForms)[number];

export interface LlamaShape {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly vocabSize: number;
  readonly contextLength: number;
}

interface TensorPlan {
  readonly name: string;
  /** Innermost first, as GGUF lists them. */
  readonly sizes: readonly number[];
  readonly form: GgufForm;
  readonly offset: number;
  readonly sizeBytes: number;
}

const magic = 0x46554747; // "GGUF"
const version = 3;
const alignment = 32;
const typeOf: Readonly<Record<GgufForm, number>> = { f32: 0, f16: 1, q8_0: 8 };
/** A block of q8_0: one scale in f16 and 32 codes. */
const q8Block = 32;
const q8BlockBytes = 2 + q8Block;
const valueTypes = { uint32: 4, int32: 5, float32: 6, string: 8, array: 9 } as const;

/** Little-endian bytes, grown as they come. */
class Bytes {
  readonly #parts: Buffer[] = [];
  length = 0;

  #add(part: Buffer): void {
    this.#parts.push(part);
    this.length += part.length;
  }
  uint32(value: number): void {
    const part = Buffer.alloc(4);
    part.writeUInt32LE(value);
    this.#add(part);
  }
  uint64(value: number): void {
    const part = Buffer.alloc(8);
    part.writeBigUInt64LE(BigInt(value));
    this.#add(part);
  }
  float32(value: number): void {
    const part = Buffer.alloc(4);
    part.writeFloatLE(value);
    this.#add(part);
  }
  string(text: string): void {
    const part = Buffer.from(text);
    this.uint64(part.length);
    this.#add(part);
  }
  padTo(multiple: number): void {
    this.#add(Buffer.alloc((multiple - (this.length % multiple)) % multiple));
  }
  toBuffer(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

function sizeBytesOf(elements: number, form: GgufForm): number {
  if (form === 'q8_0') return (elements / q8Block) * q8BlockBytes;
  return elements * (form === 'f16' ? 2 : 4);
}

function planTensors(shape: LlamaShape, form: GgufForm): TensorPlan[] {
  const { hiddenSize: d, intermediateSize: f, vocabSize: v } = shape;
  const listed: [string, number[]][] = [['token_embd.weight', [d, v]]];
  for (let layer = 0; layer < shape.layers; layer++) {
    const at = `blk.${layer}`;
    listed.push([`${at}.attn_norm.weight`, [d]]);
    for (const name of ['q', 'k', 'v', 'output'])
      listed.push([`${at}.attn_${name}.weight`, [d, d]]);
    listed.push([`${at}.ffn_norm.weight`, [d]]);
    listed.push([`${at}.ffn_gate.weight`, [d, f]], [`${at}.ffn_up.weight`, [d, f]]);
    listed.push([`${at}.ffn_down.weight`, [f, d]]);
  }
  listed.push(['output_norm.weight', [d]], ['output.weight', [d, v]]);
  let offset = 0;
  return listed.map(([name, sizes]) => {
    const held = sizes.length === 1 ? 'f32' : form;
    const sizeBytes = sizeBytesOf(
      sizes.reduce((product, size) => product * size, 1),
      held,
    );
    const plan = { name, sizes, form: held, offset, sizeBytes };
    offset += Math.ceil(sizeBytes / alignment) * alignment;
    return plan;
  });
}

/** Names, scores and kinds of made-up words: three control words, the bytes, then letters. */
function vocabulary(size: number) {
  const hex = (byte: number): string => byte.toString(16).toUpperCase().padStart(2, '0');
  const words = ['<unk>', '<s>', '</s>'];
  for (let byte = 0; byte < 256; byte++) words.push(`<0x${hex(byte)}>`);
  const kinds: number[] = words.map((_, i) => (i === 0 ? 2 : i < 3 ? 3 : 6)); // unknown, control, byte
  while (words.length < size) words.push(`w${words.length}`);
  while (kinds.length < size) kinds.push(1);
  return { words, kinds };
}

function header(shape: LlamaShape, tensors: readonly TensorPlan[]): Buffer {
  const bytes = new Bytes();
  const { words, kinds } = vocabulary(shape.vocabSize);
  const integers: [string, number][] = [
    ['llama.context_length', shape.contextLength],
    ['llama.embedding_length', shape.hiddenSize],
    ['llama.block_count', shape.layers],
    ['llama.feed_forward_length', shape.intermediateSize],
    ['llama.attention.head_count', shape.heads],
    ['llama.attention.head_count_kv', shape.heads],
    ['llama.rope.dimension_count', shape.hiddenSize / shape.heads],
    ['llama.vocab_size', shape.vocabSize],
    ['tokenizer.ggml.bos_token_id', 1],
    ['tokenizer.ggml.eos_token_id', 2],
    ['tokenizer.ggml.unknown_token_id', 0],
  ];
  const floats: [string, number][] = [
    ['llama.attention.layer_norm_rms_epsilon', 1e-5],
    ['llama.rope.freq_base', 10000],
  ];
  const texts: [string, string][] = [
    ['general.architecture', 'llama'],
    ['tokenizer.ggml.model', 'llama'],
  ];
  const arrays: [string, number, readonly (string | number)[]][] = [
    ['tokenizer.ggml.tokens', valueTypes.string, words],
    ['tokenizer.ggml.scores', valueTypes.float32, words.map((_, i) => -i)],
    ['tokenizer.ggml.token_type', valueTypes.int32, kinds],
  ];
  bytes.uint32(magic);
  bytes.uint32(version);
  bytes.uint64(tensors.length);
  bytes.uint64(integers.length + floats.length + texts.length + arrays.length);
  const key = (name: string, type: number): void => {
    bytes.string(name);
    bytes.uint32(type);
  };
  for (const [name, text] of texts) {
    key(name, valueTypes.string);
    bytes.string(text);
  }
  for (const [name, value] of integers) {
    key(name, valueTypes.uint32);
    bytes.uint32(value);
  }
  for (const [name, value] of floats) {
    key(name, valueTypes.float32);
    bytes.float32(value);
  }
  for (const [name, type, values] of arrays) {
    key(name, valueTypes.array);
    bytes.uint32(type);
    bytes.uint64(values.length);
    for (const value of values) {
      if (typeof value === 'string') bytes.string(value);
      else if (type === valueTypes.float32) bytes.float32(value);
      else bytes.uint32(value);
    }
  }
  for (const { name, sizes, form, offset } of tensors) {
    bytes.string(name);
    bytes.uint32(sizes.length);
    for (const size of sizes) bytes.uint64(size);
    bytes.uint32(typeOf[form]);
    bytes.uint64(offset);
  }
  bytes.padTo(alignment);
  return bytes.toBuffer();
}

/** Small even noise: what a product costs does not depend on it, as long as it is finite. */
function fill(plan: TensorPlan, seed: number): Buffer {
  const buffer = Buffer.alloc(Math.ceil(plan.sizeBytes / alignment) * alignment);
  let state = seed;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  if (plan.sizes.length === 1) {
    for (let at = 0; at < plan.sizeBytes; at += 4) buffer.writeFloatLE(1, at);
  } else if (plan.form === 'f32') {
    for (let at = 0; at < plan.sizeBytes; at += 4) {
      buffer.writeFloatLE((next() / 2 ** 32 - 0.5) * 0.07, at);
    }
  } else if (plan.form === 'f16') {
    // Sign and mantissa at random under the exponent of 2^-6.
    for (let at = 0; at < plan.sizeBytes; at += 2) {
      buffer.writeUInt16LE(0x2400 | ((next() >>> 16) & 0x83ff), at);
    }
  } else {
    for (let at = 0; at < plan.sizeBytes; at += q8BlockBytes) {
      buffer.writeUInt16LE(0x0c00, at); // 2^-12
      for (let i = 2; i < q8BlockBytes; i++) buffer.writeUInt8(next() >>> 24, at + i);
    }
  }
  return buffer;
}

export function writeLlamaGguf(path: string, shape: LlamaShape, form: GgufForm): void {
  const tensors = planTensors(shape, form);
  const file = openSync(path, 'w');
  try {
    writeSync(file, header(shape, tensors));
    for (const [i, tensor] of tensors.entries()) writeSync(file, fill(tensor, i + 1));
  } finally {
    closeSync(file);
  }
}
