import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Message, Part, Sample } from '../../src-main/formats/sample.ts';
import {
  readSafetensorsHeader,
  readTensorBytes,
} from '../../src-main/formats/weights/safetensors.ts';

export const fixtures = join(import.meta.dirname, '..', 'fixtures');

/** Golden data of one conversation, made by the reference implementation. */
export interface FixtureCase {
  readonly name: string;
  readonly checkpoint: string;
  readonly messages: readonly Message[];
  readonly prompt: string;
  readonly inputIds: readonly number[];
  readonly labels: readonly number[];
  readonly loss: number;
  readonly gradNorms: Readonly<Record<string, number | null>>;
  readonly greedyIds: readonly number[];
  readonly greedyPromptIds: readonly number[];
  readonly tensorNames: readonly string[];
  tensor(name: string): Promise<Float32Array>;
}

interface CaseJson {
  readonly messages: { role: 'user' | 'assistant'; content: { type: string; text?: string }[] }[];
  readonly images: string[];
  readonly prompt: string;
  readonly loss: number;
  readonly input_ids: number[][];
  readonly labels: number[][];
  readonly grad_norms: Record<string, number | null>;
  readonly greedy: { prompt_input_ids: number[][]; new_token_ids: number[] };
}

export async function fixtureCase(family: string, name: string): Promise<FixtureCase> {
  const folder = join(fixtures, family);
  const json = JSON.parse(readFileSync(join(folder, 'cases', `${name}.json`), 'utf8')) as CaseJson;
  const header = await readSafetensorsHeader(join(folder, 'cases', `${name}.safetensors`));
  let image = 0;
  const part = (given: { type: string; text?: string }): Part =>
    given.type === 'text'
      ? { type: 'text', text: given.text as string }
      : { type: 'image', path: join(folder, 'images', `${json.images[image++]}.png`) };
  return {
    name: `${family}/${name}`,
    checkpoint: join(folder, 'checkpoint'),
    messages: json.messages.map(({ role, content }) => ({ role, content: content.map(part) })),
    prompt: json.prompt,
    inputIds: json.input_ids[0] as number[],
    labels: json.labels[0] as number[],
    loss: json.loss,
    gradNorms: json.grad_norms,
    greedyIds: json.greedy.new_token_ids,
    greedyPromptIds: json.greedy.prompt_input_ids[0] as number[],
    tensorNames: [...header.tensors.keys()],
    async tensor(tensorName) {
      const bytes = await readTensorBytes(header, tensorName);
      return new Float32Array(Uint8Array.from(bytes).buffer);
    },
  };
}

export function sampleOf(fixture: FixtureCase, messages = fixture.messages): Sample {
  return { id: fixture.name, messages, source: { file: fixture.name, line: 1 } };
}

/** Largest absolute difference; NaN or another length is infinitely far. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum);
}
