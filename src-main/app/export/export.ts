/** Writes an adapter, or the model with the adapter merged, and proves what was written. */
import { mkdir, readdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { atomicDirectory } from '../../base/atomic-file.ts';
import { asLensmithError, LensmithError, throwIfCancelled } from '../../base/errors.ts';
import { readPeftAdapter, writePeftAdapter } from '../../formats/adapters/peft.ts';
import type { PeftTensors } from '../../formats/adapters/peft.ts';
import { readTensorBytes } from '../../formats/weights/safetensors.ts';
import type { SafetensorsEntry } from '../../formats/weights/safetensors.ts';
import { loadModel } from '../../models/load.ts';
import type { LoadedModel } from '../../models/load.ts';
import type { Parameter } from '../../nn/parameter.ts';
import { cardName, ensureDevice } from '../../tensor/device.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { DType } from '../../tensor/dtype.ts';
import { cast } from '../../tensor/ops/index.ts';
import type { QuantFormat } from '../../tensor/quantized.ts';
import { scoped } from '../../tensor/scope.ts';
import { applyPeftAdapter, mergeAdapters } from '../../training/adapters.ts';
import { writeModelFolder } from '../../training/model-folder.ts';
import { loadHere } from '../session/load-here.ts';
import { compareLogits, probeLogits } from './proof.ts';

export interface ExportRequest extends DeviceOptions {
  readonly modelDir: string;
  readonly adapterDir: string;
  /** A model folder with the adapter in its weights, rather than an adapter folder. */
  readonly merge: boolean;
  readonly outDir: string;
  /** Of the merged weights; as stored by default. */
  readonly dtype?: DType | undefined;
  /** Load the model in few bits, as it was when the adapter was trained; merged weights are full. */
  readonly quantize?: QuantFormat | undefined;
  /** What it is at, in words. */
  readonly onStage?: (stage: string) => void;
  /** Looked at between the stages; nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

export interface ExportOutcome {
  readonly kind: 'adapter' | 'merged-model';
  readonly outDir: string;
  /** Tensors written and read again. */
  readonly tensors: number;
  /** Adapters merged, or carried. */
  readonly adaptedModules: number;
  /** Merged weights that were held in few bits and are written in full. */
  readonly widenedWeights: number;
  /** Between the model with the given adapter and what was read back. */
  readonly largestLogitDifference: number;
  readonly largestLogit: number;
  readonly tolerance: number;
}

/** Of the largest logit. Merging rounds each weight once to its dtype. */
const mergeTolerance: Readonly<Record<string, number>> = { f32: 1e-4, f16: 1e-2, bf16: 5e-2 };
const copyTolerance = 1e-6;

/**
 * The folder takes its name only after it was loaded again and its logits agreed.
 * @throws export/output-exists, export/adapter-mismatch, export/proof-failed, job/cancelled,
 *         device/too-small for a graphics device without room for the merged model, and
 *         the errors of loadModel, applyPeftAdapter and the writers
 */
export async function runExport(request: ExportRequest): Promise<ExportOutcome> {
  const outDir = resolve(request.outDir);
  await requireEmpty(outDir);
  ensureDevice(request);
  try {
    return await provenExport(request, outDir);
  } catch (thrown) {
    const error = asLensmithError(thrown);
    const device = cardName();
    const isTooLarge = request.merge && error.code === 'memory/out-of-memory' && device !== null;
    throw isTooLarge ? tooSmallToMerge(device, error) : error;
  }
}

async function provenExport(request: ExportRequest, outDir: string): Promise<ExportOutcome> {
  const stage = (words: string): void => {
    throwIfCancelled(request.signal, 'The export');
    request.onStage?.(words);
  };
  stage('Reading the model');
  using loaded = await load(request.modelDir, request);
  await applyWholly(loaded, request.adapterDir);
  stage('Computing what it answers');
  const wanted = await probeLogits(loaded);
  await mkdir(dirname(outDir), { recursive: true });
  return await atomicDirectory(outDir, async (folder) => {
    stage('Writing');
    const written = request.merge
      ? await writeMerged(loaded, request, folder)
      : await copyAdapter(request.adapterDir, folder);
    stage('Reading back what was written');
    const got = await readBack(request, folder);
    const { largestDifference, largestLogit } = compareLogits(wanted, got);
    const dtype = loaded.model.languageModel.embedding.dtype;
    const share = request.merge ? (mergeTolerance[dtype] ?? 1e-4) : copyTolerance;
    const tolerance = share * Math.max(1, largestLogit);
    if (!(largestDifference <= tolerance)) throw proofFailed(largestDifference, tolerance);
    return {
      kind: request.merge ? ('merged-model' as const) : ('adapter' as const),
      outDir,
      ...written,
      largestLogitDifference: largestDifference,
      largestLogit,
      tolerance,
    };
  });
}

function load(dir: string, { dtype, quantize }: ExportRequest): Promise<LoadedModel> {
  return loadHere(resolve(dir), { dtype, quantize });
}

/** @throws export/output-exists */
export async function requireEmpty(outDir: string): Promise<void> {
  const names = await readdir(outDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new LensmithError('export/output-exists', `${outDir} is no folder.`, { cause: error });
  });
  if (names.length === 0) return;
  throw new LensmithError('export/output-exists', `${outDir} is not empty.`, {
    expected: 'a new or empty folder',
    got: names.slice(0, 8).join(', '),
    hint: 'Choose another folder.',
  });
}

/** What an export leaves out would be missed later and far away: nothing may be left out. */
async function applyWholly(loaded: LoadedModel, dir: string): Promise<void> {
  const { unmatched } = await applyPeftAdapter(loaded, dir);
  if (unmatched.length === 0) return;
  throw new LensmithError('export/adapter-mismatch', `Parts of ${dir} do not fit the model.`, {
    expected: 'an adapter of this model',
    got: unmatched.slice(0, 20).join(', '),
    hint: 'Give the model that the adapter was trained on.',
  });
}

interface Written {
  readonly tensors: number;
  readonly adaptedModules: number;
  readonly widenedWeights: number;
}

async function writeMerged(
  loaded: LoadedModel,
  request: ExportRequest,
  folder: string,
): Promise<Written> {
  const inFewBits = [...loaded.weights.parameters.values()].filter(
    ({ quantization }) => quantization !== null,
  );
  const widenedWeights = inFewBits.length;
  const adaptedModules = mergeAdapters(loaded);
  // Programs that read a quantised folder take all such matrices to be quantised, or none.
  for (const parameter of inFewBits) widen(parameter);
  const tensors = await writeModelFolder(loaded, resolve(request.modelDir), folder);
  return { tensors, adaptedModules, widenedWeights };
}

/** Does nothing to what merging widened. */
function widen(parameter: Parameter): void {
  if (parameter.quantization === null) return;
  const { dtype } = parameter;
  const value = scoped(() => {
    const full = parameter.widened();
    return dtype === 'f32' ? full : cast(full, dtype);
  });
  parameter.replace(value.keep());
}

async function copyAdapter(from: string, folder: string): Promise<Written> {
  const adapter = await readPeftAdapter(from);
  const tensors: PeftTensors[] = [];
  const add = (
    kind: PeftTensors['kind'],
    module: string,
    entry: SafetensorsEntry,
    parameter = 'weight',
  ): void => {
    const { name, dtype, shape } = entry;
    tensors.push({
      kind,
      module,
      parameter,
      dtype,
      shape,
      data: () => readTensorBytes(adapter.header, name),
    });
  };
  for (const [module, { a, b }] of adapter.lora) {
    add('loraA', module, a);
    add('loraB', module, b);
  }
  for (const [path, entry] of adapter.full) {
    const dot = path.lastIndexOf('.');
    add('full', path.slice(0, dot), entry, path.slice(dot + 1));
  }
  await writePeftAdapter(folder, adapter.config, tensors);
  return { tensors: tensors.length, adaptedModules: adapter.lora.size, widenedWeights: 0 };
}

async function readBack(request: ExportRequest, folder: string): Promise<Float32Array> {
  if (request.merge) {
    using merged = await loadModel(folder);
    return await probeLogits(merged);
  }
  using loaded = await load(request.modelDir, request);
  await applyPeftAdapter(loaded, folder);
  return await probeLogits(loaded);
}

/** Whatever bits the model was held in: what is written is in full, and is read back. */
function tooSmallToMerge(device: string, cause: LensmithError): LensmithError {
  return new LensmithError('device/too-small', 'There is no room on the card to merge.', {
    expected: 'room for the model, and for the merged one in full',
    got: [device, cause.got].filter(Boolean).join('; '),
    hint: 'Merge on the processor, which has the memory of the machine: --device cpu, or the settings of the engine.',
    cause,
  });
}

function proofFailed(difference: number, tolerance: number): LensmithError {
  return new LensmithError('export/proof-failed', 'What was written does not compute the same.', {
    expected: `logits within ${tolerance.toPrecision(3)}`,
    got: `a difference of ${difference.toPrecision(3)}; nothing was kept`,
    hint: 'Merging into 16-bit weights rounds: --dtype f32 keeps every bit of the adapter.',
  });
}
