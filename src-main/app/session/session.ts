import { Processor } from '../../data/processor.ts';
import type { PreparedSample } from '../../data/processor.ts';
import type { PixelBatch } from '../../generation/image-features.ts';
import { loadGenerationSettings } from '../../generation/settings.ts';
import type { GenerationSettings } from '../../generation/settings.ts';
import type { LoadedModel } from '../../models/load.ts';
import { ensureDevice } from '../../tensor/device.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import type { DType } from '../../tensor/dtype.ts';
import type { QuantFormat } from '../../tensor/quantized.ts';
import { applyPeftAdapter } from '../../training/adapters.ts';
import type { AppliedAdapter } from '../../training/adapters.ts';
import { DiskMediaReader } from '../media-reader/media-reader.ts';
import { loadHere } from './load-here.ts';

export interface SessionOptions extends DeviceOptions {
  /** Of the float weights in memory; as stored when not given. */
  readonly dtype?: DType | undefined;
  /** Hold the matrices of the decoder's layers in few bits. */
  readonly quantize?: QuantFormat | undefined;
  /** To be looked at, not run: the weights have no values. */
  readonly sizesOnly?: boolean | undefined;
  /** Folder of a PEFT adapter to put on the model. */
  readonly adapter?: string | undefined;
}

/** A model folder opened for use, with all that conversations with it need. */
export interface Session extends Disposable {
  readonly dir: string;
  readonly loaded: LoadedModel;
  readonly processor: Processor;
  readonly media: DiskMediaReader;
  readonly settings: GenerationSettings;
  /** What of the adapter fitted; the caller tells the person what did not. */
  readonly adapter: AppliedAdapter | null;
}

/**
 * Opens a model folder.
 * @throws the errors of Processor.load, loadGenerationSettings, loadHere and applyPeftAdapter
 */
export async function openSession(dir: string, options: SessionOptions = {}): Promise<Session> {
  ensureDevice(options);
  const { dtype, quantize, sizesOnly } = options;
  const loaded = await loadHere(dir, { dtype, quantize, sizesOnly });
  try {
    const processor = await Processor.load(dir, loaded.config);
    const settings = await loadGenerationSettings(dir, processor.tokenizer);
    const adapter =
      options.adapter === undefined ? null : await applyPeftAdapter(loaded, options.adapter);
    const media = new DiskMediaReader();
    const dispose = (): void => loaded[Symbol.dispose]();
    return { dir, loaded, processor, media, settings, adapter, [Symbol.dispose]: dispose };
  } catch (error) {
    loaded[Symbol.dispose]();
    throw error;
  }
}

/** Pixel values of a prepared conversation, or null when it has no images. */
export async function pixelBatch(
  prepared: PreparedSample,
  processor: Processor,
  signal?: AbortSignal,
): Promise<PixelBatch | null> {
  if (prepared.imageCount === 0) return null;
  const data = await prepared.loadPixels(signal);
  return { data, shape: [prepared.imageCount, ...processor.imageShape] };
}
