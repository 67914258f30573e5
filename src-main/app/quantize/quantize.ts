/** Writes a model folder whose decoder is in few bits, and proves what was written. */
import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { atomicDirectory } from '../../base/atomic-file.ts';
import { asLensmithError, LensmithError, throwIfCancelled } from '../../base/errors.ts';
import { storedQuantization } from '../../formats/weights/bitsandbytes.ts';
import { loadModel, readModelConfig } from '../../models/load.ts';
import type { LoadedModel } from '../../models/load.ts';
import { ensureDevice } from '../../tensor/device.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { QuantFormat } from '../../tensor/quantized.ts';
import { weightBytes } from '../../training/memory-plan.ts';
import { writeModelFolder } from '../../training/model-folder.ts';
import { requireEmpty } from '../export/export.ts';
import { compareLogits, probeLogits } from '../export/proof.ts';
import { loadHere } from '../session/load-here.ts';

export interface QuantizeRequest extends DeviceOptions {
  readonly modelDir: string;
  readonly outDir: string;
  readonly format: QuantFormat;
  /** What it is at, in words. */
  readonly onStage?: (stage: string) => void;
  /** Looked at between the stages; nothing is left behind. */
  readonly signal?: AbortSignal | undefined;
}

export interface QuantizeOutcome {
  readonly outDir: string;
  readonly format: QuantFormat;
  readonly quantizedWeights: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /**
   * Of the probe's logits, which quantising costs; reading back costs nothing. null: the device has
   * no room for the model in full.
   */
  readonly largestLogitDifference: number | null;
  readonly largestLogit: number;
}

/**
 * The folder takes its name only after it was loaded again and gave the very same logits.
 * @throws export/output-exists, quantize/done-already, export/proof-failed, job/cancelled, and the
 *         errors of loadModel and the writers
 */
export async function quantizeModel(request: QuantizeRequest): Promise<QuantizeOutcome> {
  const outDir = resolve(request.outDir);
  const modelDir = resolve(request.modelDir);
  await requireEmpty(outDir);
  await requireFull(modelDir);
  ensureDevice(request);
  const stage = (words: string): void => {
    throwIfCancelled(request.signal, 'Quantising');
    request.onStage?.(words);
  };
  stage('Computing what it answers');
  const before = await answersInFull(modelDir);
  stage('Quantising');
  using loaded = await loadHere(modelDir, { quantize: request.format });
  const wanted = await probeLogits(loaded);
  await mkdir(dirname(outDir), { recursive: true });
  await atomicDirectory(outDir, async (folder) => {
    stage('Writing');
    await writeModelFolder(loaded, modelDir, folder);
    stage('Reading back what was written');
    using written = await loadModel(folder);
    const logits = await probeLogits(written);
    if (compareLogits(wanted, logits).largestDifference !== 0) throw proofFailed();
  });
  return {
    outDir,
    format: request.format,
    quantizedWeights: countQuantized(loaded),
    bytesBefore: await bytesInFull(modelDir),
    bytesAfter: weightBytes(loaded),
    largestLogitDifference:
      before === null ? null : compareLogits(before, wanted).largestDifference,
    largestLogit: compareLogits(wanted, wanted).largestLogit,
  };
}

/** Few bits made of few bits would be no smaller, or worse than the same of the model in full. */
async function requireFull(modelDir: string): Promise<void> {
  const stored = storedQuantization(await readModelConfig(modelDir));
  if (stored === null) return;
  throw new LensmithError('quantize/done-already', `${modelDir} is quantised already.`, {
    expected: 'a model in f32, bf16 or f16',
    got: stored,
    hint: 'Use it as it is, or give the model that it was made from.',
  });
}

/** The probe's logits of the model in full; null where the device has no room for it. */
async function answersInFull(dir: string): Promise<Float32Array | null> {
  try {
    using loaded = await loadModel(dir);
    return await probeLogits(loaded);
  } catch (thrown) {
    if (asLensmithError(thrown).code === 'memory/out-of-memory') return null;
    throw thrown;
  }
}

async function bytesInFull(dir: string): Promise<number> {
  using sizes = await loadModel(dir, { sizesOnly: true });
  return weightBytes(sizes);
}

function countQuantized({ weights }: LoadedModel): number {
  return [...weights.parameters.values()].filter(({ quantization }) => quantization !== null)
    .length;
}

function proofFailed(): LensmithError {
  return new LensmithError('export/proof-failed', 'What was written does not compute the same.', {
    expected: 'the very logits of the model in memory',
    got: 'others; nothing was kept',
    hint: 'Check the disk, and try again.',
  });
}
