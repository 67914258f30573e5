/**
 * llama.cpp at the bench's language model: prefill of 709 tokens and greedy decoding after 325.
 *
 *   node tests/bench/peers/llama.ts PEERS FORM THREADS [RUNS]
 *
 * PEERS is a folder in which `npm install node-llama-cpp @node-llama-cpp/linux-x64` was run; the
 * project itself does not depend on it. Prints one line of JSON.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { config } from '../../../src-main/app/bench/workload.ts';
import { ggufForms, writeLlamaGguf } from './gguf.ts';
import type { GgufForm } from './gguf.ts';

/** What is used of node-llama-cpp. */
interface Sequence {
  readonly nextTokenIndex: number;
  clearHistory(): Promise<void>;
  evaluate(
    tokens: readonly number[],
    options: { readonly temperature: number; readonly yieldEogToken: boolean },
  ): AsyncGenerator<number>;
}
interface LlamaModule {
  getLlama(options: object): Promise<{
    loadModel(options: object): Promise<{
      createContext(options: object): Promise<{ getSequence(): Sequence }>;
    }>;
  }>;
}

const promptTokens = 325;
const prefillTokens = 709;
const newTokens = 64;

function words(count: number): number[] {
  let state = 3;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0);
  return [1, ...Array.from({ length: count - 1 }, () => 300 + ((next() >>> 8) % 31000))];
}

async function openSequence(peers: string, path: string, threads: number): Promise<Sequence> {
  const entry = join(peers, 'node_modules', 'node-llama-cpp', 'dist', 'index.js');
  const library = (await import(pathToFileURL(entry).href)) as LlamaModule;
  const llama = await library.getLlama({
    gpu: false,
    build: 'never',
    maxThreads: threads,
    logLevel: 'error',
    progressLogs: false,
  });
  const model = await llama.loadModel({ modelPath: path, gpuLayers: 0 });
  const context = await model.createContext({
    contextSize: 1024,
    batchSize: 1024,
    threads: { ideal: threads, min: threads },
    flashAttention: 'auto',
  });
  return context.getSequence();
}

/** Seconds of the first token, and of each of those after it on average. */
async function generate(sequence: Sequence, prompt: readonly number[], count: number) {
  await sequence.clearHistory();
  const start = performance.now();
  let first = start;
  let made = 0;
  for await (const token of sequence.evaluate(prompt, { temperature: 0, yieldEogToken: true })) {
    if (!Number.isInteger(token)) throw new Error('llama.cpp gave no token.');
    if (made++ === 0) first = performance.now();
    if (made > count) break;
  }
  if (made <= count) throw new Error(`llama.cpp stopped after ${made} tokens.`);
  return { prompt: (first - start) / 1000, token: (performance.now() - first) / 1000 / count };
}

function versionOf(peers: string): string {
  const path = join(peers, 'node_modules', 'node-llama-cpp', 'package.json');
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { version: string };
  return `llama.cpp of node-llama-cpp ${version}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

async function measure(peers: string, form: GgufForm, threads: number, runs: number) {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-gguf-'));
  const path = join(folder, 'model.gguf');
  const text = config.text_config;
  writeLlamaGguf(
    path,
    {
      hiddenSize: text.hidden_size,
      intermediateSize: text.intermediate_size,
      layers: text.num_hidden_layers,
      heads: text.num_attention_heads,
      vocabSize: text.vocab_size,
      contextLength: text.max_position_embeddings,
    },
    form,
  );
  try {
    const sequence = await openSequence(peers, path, threads);
    const [prefills, decodes]: [number[], number[]] = [[], []];
    for (let run = 0; run <= runs; run++) {
      const prefill = await generate(sequence, words(prefillTokens), 1);
      const decode = await generate(sequence, words(promptTokens), newTokens);
      if (run === 0) continue;
      prefills.push(prefillTokens / prefill.prompt);
      decodes.push(1 / decode.token);
    }
    return {
      version: versionOf(peers),
      form,
      threads,
      prefill: median(prefills),
      decode: median(decodes),
      peakMemoryBytes: process.resourceUsage().maxRSS * 1024,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [peers, form, threads, runs] = process.argv.slice(2);
const wanted = ggufForms.find((one) => one === form);
if (peers === undefined || wanted === undefined || !existsSync(join(peers, 'node_modules'))) {
  console.error(`usage: llama.ts PEERS ${ggufForms.join('|')} THREADS [RUNS]`);
  process.exit(2);
}
console.log(
  JSON.stringify(await measure(resolve(peers), wanted, Number(threads ?? 1), Number(runs ?? 3))),
);
process.exit(0); // its threads would wait
