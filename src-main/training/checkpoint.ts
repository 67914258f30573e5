/**
 * Checkpoints of a run: `checkpoint-N/` after N updates, each written as a whole.
 *   trainer.json          cursor, schedule position, random state, best evaluation, fingerprint
 *   adapter/              lora: the adapter as PEFT keeps it
 *   weights.safetensors   otherwise: the trained weights by their canonical names
 *   optimizer.safetensors NAME.m, NAME.v, with NAME.m_scale, NAME.v_scale where they are in 8 bits,
 *                         and NAME.master of 16-bit weights
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { atomicDirectory, settleDirectory, writeFileAtomic } from '../base/atomic-file.ts';
import { LensmithError } from '../base/errors.ts';
import { readPeftAdapter, writePeftAdapter } from '../formats/adapters/peft.ts';
import type { LoraConfig } from '../formats/adapters/peft.ts';
import {
  readSafetensorsHeader,
  safetensorsDTypes,
  writeSafetensors,
} from '../formats/weights/safetensors.ts';
import type { SafetensorsHeader, SafetensorsSource } from '../formats/weights/safetensors.ts';
import type { DataCursor } from '../data/loader.ts';
import type { LoadedModel } from '../models/load.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { adapterConfig, adapterTensors } from './adapters.ts';
import type { EarlyStoppingState } from './early-stopping.ts';
import type { AdamW } from './optimizer.ts';
import type { Trainable } from './parts.ts';
import type { RunFingerprint } from './settings.ts';
import { bytesOf, readTensor } from './tensor-files.ts';

const version = 1;

/** What trainer.json keeps. */
export interface TrainerState {
  /** Updates done. */
  readonly step: number;
  readonly cursor: DataCursor;
  readonly earlyStopping: EarlyStoppingState;
  readonly evaluations: readonly { readonly step: number; readonly loss: number }[];
  readonly divergence: readonly [number | null, number | null, number];
  readonly fingerprint: RunFingerprint;
}

interface TrainerFile extends TrainerState {
  readonly version: number;
  /** AdamW's own count of each weight. */
  readonly optimizerSteps: Readonly<Record<string, number>>;
}

const nameOf = (step: number): string => `checkpoint-${step}`;

export interface CheckpointContents {
  readonly loaded: LoadedModel;
  readonly trainables: readonly Trainable[];
  readonly optimizer: AdamW;
  /** Set for runs that train adapters. */
  readonly lora: LoraConfig | null;
}

/** The checkpoints of one run. */
export class CheckpointStore {
  readonly dir: string;

  constructor(dir: string) {
    this.dir = dir;
  }

  pathOf(step: number): string {
    return join(this.dir, nameOf(step));
  }

  /** Steps of all complete checkpoints, ascending. Ends what a killed writer left in between. */
  async steps(): Promise<number[]> {
    const names = await readdir(this.dir).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    for (const name of names) {
      const swapped = /^\.(checkpoint-\d+)\.(?:next|previous)$/.exec(name)?.[1];
      if (swapped !== undefined) await settleDirectory(join(this.dir, swapped));
    }
    const settled = names.length === 0 ? [] : await readdir(this.dir);
    return settled
      .map((name) => /^checkpoint-(\d+)$/.exec(name)?.[1])
      .filter((step) => step !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** @throws io/disk-full and the other codes of atomicDirectory; earlier checkpoints stay whole */
  async save(state: TrainerState, contents: CheckpointContents): Promise<string> {
    const path = this.pathOf(state.step);
    await mkdir(this.dir, { recursive: true });
    await atomicDirectory(
      path,
      async (folder) => {
        await writeWeights(folder, contents);
        const moments = momentSources(contents.optimizer);
        await writeSafetensors(join(folder, 'optimizer.safetensors'), moments);
        const optimizerSteps = Object.fromEntries(
          [...contents.optimizer.states].map(([name, { step }]) => [name, step]),
        );
        const file: TrainerFile = { version, ...state, optimizerSteps };
        await writeFileAtomic(join(folder, 'trainer.json'), `${JSON.stringify(file, null, 1)}\n`);
      },
      sizeOf(contents),
    );
    return path;
  }

  /** Removes all but the last `keep` and those named. */
  async prune(keep: number, alsoKept: readonly number[]): Promise<void> {
    const steps = await this.steps();
    for (const step of steps.slice(0, Math.max(0, steps.length - keep))) {
      if (!alsoKept.includes(step)) await rm(this.pathOf(step), { recursive: true, force: true });
    }
  }

  async clear(): Promise<void> {
    await rm(this.dir, { recursive: true, force: true });
  }

  /** @throws training/bad-checkpoint */
  async readState(step: number): Promise<TrainerState> {
    return this.#readFile(step);
  }

  /** Puts the weights of a checkpoint into the model, and its moments into the optimiser. */
  async restore(step: number, contents: CheckpointContents): Promise<TrainerState> {
    const { optimizerSteps, ...state } = await this.#readFile(step);
    await this.restoreWeights(step, contents);
    const header = await readSafetensorsHeader(join(this.pathOf(step), 'optimizer.safetensors'));
    for (const trainable of contents.trainables) {
      const updates = optimizerSteps[trainable.name];
      if (updates === undefined) continue;
      await contents.optimizer.restore(trainable, updates, (part, dtype, place) =>
        readTensor(header, `${trainable.name}.${part}`, dtype, place),
      );
    }
    return state;
  }

  async restoreWeights(
    step: number,
    contents: Pick<CheckpointContents, 'trainables' | 'lora'>,
  ): Promise<void> {
    const find = await openWeights(this.pathOf(step), contents.lora !== null);
    for (const { name, parameter } of contents.trainables) {
      const { header, entry } = find(name);
      parameter.replace(await readTensor(header, entry, parameter.dtype));
    }
  }

  async #readFile(step: number): Promise<TrainerFile> {
    const path = join(this.pathOf(step), 'trainer.json');
    try {
      const file = JSON.parse(await readFile(path, 'utf8')) as TrainerFile;
      if (file.version === version && file.step === step) return file;
      throw new Error(`version ${file.version}, step ${file.step}`);
    } catch (cause) {
      throw new LensmithError('training/bad-checkpoint', `${path} cannot be used.`, {
        expected: `version ${version}, step ${step}`,
        got: (cause as Error).message,
        hint: `Remove ${basename(this.pathOf(step))} to go on from the checkpoint before it.`,
        cause,
      });
    }
  }
}

async function writeWeights(folder: string, contents: CheckpointContents): Promise<void> {
  const { loaded, lora, trainables } = contents;
  if (lora !== null) {
    await writePeftAdapter(
      join(folder, 'adapter'),
      adapterConfig(loaded, lora),
      adapterTensors(loaded, lora),
    );
    return;
  }
  const sources = trainables.map(({ name, parameter }) => source(name, parameter.value));
  await writeSafetensors(join(folder, 'weights.safetensors'), sources);
}

function momentSources(optimizer: AdamW): SafetensorsSource[] {
  return [...optimizer.states].flatMap(([name, state]) =>
    [...state.tensors].map(([part, tensor]) => ({
      ...source(`${name}.${part}`, tensor),
      // Looked up when it is its turn: the state may have left the device by then.
      data: () => bytesOf(state.part(part)),
    })),
  );
}

function source(name: string, value: Tensor): SafetensorsSource {
  const { dtype, shape } = value;
  return { name, dtype: safetensorsDTypes[dtype], shape, data: () => bytesOf(value) };
}

/** Bytes of a checkpoint, so that a full disk is found before anything is written. */
function sizeOf({ trainables, optimizer }: CheckpointContents): number {
  let bytes = 65_536;
  for (const { parameter } of trainables) bytes += parameter.value.sizeBytes + 256;
  for (const { tensors } of optimizer.states.values()) {
    for (const tensor of tensors.values()) bytes += tensor.sizeBytes + 256;
  }
  return bytes;
}

type FindWeight = (name: string) => { readonly header: SafetensorsHeader; readonly entry: string };

async function openWeights(dir: string, isAdapter: boolean): Promise<FindWeight> {
  const entries = new Map<string, string>();
  let header: SafetensorsHeader;
  if (isAdapter) {
    const adapter = await readPeftAdapter(join(dir, 'adapter'));
    header = adapter.header;
    for (const [path, { a, b }] of adapter.lora) {
      entries.set(`${path}.lora_A.weight`, a.name).set(`${path}.lora_B.weight`, b.name);
    }
    for (const [path, { name }] of adapter.full) entries.set(path, name);
  } else {
    header = await readSafetensorsHeader(join(dir, 'weights.safetensors'));
    for (const name of header.tensors.keys()) entries.set(name, name);
  }
  return (name) => {
    const entry = entries.get(name);
    if (entry !== undefined) return { header, entry };
    throw new LensmithError('training/bad-checkpoint', `${dir} lacks ${name}.`, {
      hint: `Remove ${basename(dir)} to go on from the checkpoint before it.`,
    });
  };
}
