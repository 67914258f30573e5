/** Processors of model folders, kept open: a meter asks for the same one with every pause in typing. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Processor } from '../../data/processor.ts';
import { isJson } from '../../models/config.ts';
import { readModelConfig } from '../../models/load.ts';

/** What a sample needs of a model folder; its weights are not among it. */
export interface ModelReading {
  readonly processor: Processor;
  /** Longest sequence that the model was made for; null: its config does not say. */
  readonly limit: number | null;
}

const keptOpen = 2;
const files = [
  'config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
  'chat_template.json',
  'processor_config.json',
  'preprocessor_config.json',
];

interface Entry {
  readonly fingerprint: string;
  readonly reading: Promise<ModelReading>;
}

const open = new Map<string, Entry>();

/**
 * @param dir folder in Hugging Face layout; one that changed on the disk is read anew
 * @throws the errors of readModelConfig and Processor.load
 */
export async function readingOf(dir: string): Promise<ModelReading> {
  const fingerprint = await fingerprintOf(dir);
  const known = open.get(dir);
  const entry = known?.fingerprint === fingerprint ? known : { fingerprint, reading: load(dir) };
  open.delete(dir);
  open.set(dir, entry);
  for (const other of [...open.keys()].slice(0, -keptOpen)) open.delete(other);
  return entry.reading.catch((error: unknown) => {
    if (open.get(dir) === entry) open.delete(dir);
    throw error;
  });
}

async function fingerprintOf(dir: string): Promise<string> {
  const stats = await Promise.all(
    files.map((name) => stat(join(dir, name)).catch(() => undefined)),
  );
  return stats.map((info) => (info ? `${info.mtimeMs}:${info.size}` : '-')).join(' ');
}

async function load(dir: string): Promise<ModelReading> {
  const config = await readModelConfig(dir);
  const text = config['text_config'];
  const positions = isJson(text) ? text['max_position_embeddings'] : undefined;
  return {
    processor: await Processor.load(dir, config),
    limit: typeof positions === 'number' ? positions : null,
  };
}
