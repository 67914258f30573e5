/** Processors of model folders, kept open: a meter asks for the same one with every pause in typing. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Processor } from '../../data/processor.ts';
import { ConfigReader } from '../../models/config.ts';
import { languageArchitecture } from '../../models/families.ts';
import { readModelConfig } from '../../models/load.ts';

/** What a sample needs of a model folder; its weights are not among it. */
export interface ModelReading {
  readonly processor: Processor;
  /** Longest sequence that the model reaches. */
  readonly limit: number;
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
 * @throws models/bad-config, models/unsupported, and the errors of readModelConfig and Processor.load
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
  const text = new ConfigReader(config, 'config.json').section('text_config');
  const { maxPositions } = languageArchitecture(text).parseConfig(text);
  return { processor: await Processor.load(dir, config), limit: maxPositions };
}
