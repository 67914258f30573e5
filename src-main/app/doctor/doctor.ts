import { readFile, readdir } from 'node:fs/promises';
import { arch, availableParallelism, cpus, freemem, platform, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { asLensmithError } from '../../base/errors.ts';
import type { ErrorWire } from '../../base/errors.ts';
import { runProgram } from '../../media/child-process.ts';
import { locateFfmpeg } from '../../media/ffmpeg.ts';
import type { FoundProgram } from '../../media/ffmpeg.ts';
import {
  automaticDevice,
  deviceInfo,
  ensureDevice,
  graphicsDevices,
  problemOf,
} from '../../tensor/device.ts';
import type { DeviceProblem } from '../../tensor/device-trust.ts';
import type { DeviceChoice, DeviceOptions, GraphicsDevice } from '../../tensor/device.ts';

/** Decoders of what cameras, phones and the web write. */
const commonDecoders = ['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mpeg4', 'mjpeg', 'prores'] as const;

export interface GpuFact {
  readonly name: string;
  readonly memory: string | null;
  readonly driver: string | null;
}

/** A graphics device, and what speaks against computing on it. */
export interface ExaminedDevice extends GraphicsDevice {
  readonly problem: DeviceProblem | null;
}

export interface DoctorReport {
  readonly engine: { readonly name: string; readonly description: string } | { error: ErrorWire };
  readonly cpu: { readonly model: string; readonly cores: number };
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number };
  /** What the machine has, by its vendors' tools. */
  readonly gpus: readonly GpuFact[];
  /** What `--device auto` means here. */
  readonly automatic: DeviceChoice | { readonly error: ErrorWire };
  /** What the engine can compute on besides the CPU, or why that is nothing. */
  readonly vulkan: readonly ExaminedDevice[] | { readonly error: ErrorWire };
  readonly ffmpeg:
    | {
        readonly ffmpeg: FoundProgram;
        readonly ffprobe: FoundProgram;
        /** Of the common decoders, those built in. */
        readonly codecs: readonly string[];
        readonly missingCodecs: readonly string[];
      }
    | { readonly error: ErrorWire };
  readonly versions: Readonly<Record<string, string>>;
  /** True when training and video both work here. */
  readonly healthy: boolean;
}

/** What this machine offers; what is missing is said, not thrown. @param version of the application */
export async function examine(
  version: string,
  options: DeviceOptions & { readonly signal?: AbortSignal; readonly ffmpegPath?: string } = {},
): Promise<DoctorReport> {
  const [engine, gpus, ffmpeg] = [
    engineFacts(options),
    await gpuFacts(options.signal),
    await ffmpegFacts(options.ffmpegPath),
  ];
  return {
    engine,
    cpu: { model: cpus()[0]?.model.trim() ?? 'unknown', cores: availableParallelism() },
    memory: { totalBytes: memoryLimit(), availableBytes: availableMemory() },
    gpus,
    automatic: factsOr(automaticDevice),
    vulkan: factsOr(examinedDevices),
    ffmpeg,
    versions: {
      lensmith: version,
      node: process.versions.node,
      system: `${platform()} ${release()} ${arch()}`,
    },
    healthy: !('error' in engine) && !('error' in ffmpeg),
  };
}

function engineFacts(options: DeviceOptions): DoctorReport['engine'] {
  return factsOr(() => {
    ensureDevice(options);
    return deviceInfo();
  });
}

function examinedDevices(): ExaminedDevice[] {
  return graphicsDevices().map((device) => ({ ...device, problem: problemOf(device) }));
}

/** What is missing is said, not thrown. */
function factsOr<T>(find: () => T): T | { readonly error: ErrorWire } {
  try {
    return find();
  } catch (thrown) {
    return { error: asLensmithError(thrown).toJSON() };
  }
}

/** Containers may have less than the machine. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

function availableMemory(): number {
  return typeof process.availableMemory === 'function' ? process.availableMemory() : freemem();
}

async function ffmpegFacts(ffmpegPath: string | undefined): Promise<DoctorReport['ffmpeg']> {
  try {
    const { ffmpeg, ffprobe, decoders } = await locateFfmpeg({ ffmpegPath });
    const has = (codec: string): boolean =>
      decoders.some(
        (name) => name === codec || name.startsWith(`${codec}_`) || name === `lib${codec}`,
      ) ||
      (codec === 'av1' && decoders.some((name) => name === 'libdav1d' || name === 'libaom-av1'));
    return {
      ffmpeg,
      ffprobe,
      codecs: commonDecoders.filter(has),
      missingCodecs: commonDecoders.filter((codec) => !has(codec)),
    };
  } catch (thrown) {
    return { error: asLensmithError(thrown).toJSON() };
  }
}

async function gpuFacts(signal: AbortSignal | undefined): Promise<GpuFact[]> {
  const found = await nvidiaGpus(signal);
  return found.length > 0 ? found : drmGpus();
}

async function nvidiaGpus(signal: AbortSignal | undefined): Promise<GpuFact[]> {
  const query = ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'];
  const limits = { what: 'Asking nvidia-smi', timeoutMs: 5000, maxOutputBytes: 1 << 16, signal };
  try {
    const { exitCode, output } = await runProgram('nvidia-smi', query, limits);
    if (exitCode !== 0) return [];
    return output
      .toString('utf8')
      .split('\n')
      .filter((line) => line.includes(','))
      .map((line) => line.split(',').map((field) => field.trim()))
      .map(([name = 'NVIDIA', memory = null, driver = null]) => ({ name, memory, driver }));
  } catch {
    return []; // no such program: no such GPU that could be used
  }
}

const vendors: Readonly<Record<string, string>> = {
  '0x1002': 'AMD',
  '0x10de': 'NVIDIA',
  '0x8086': 'Intel',
};

/** Display devices as Linux lists them; elsewhere there is no such folder. */
async function drmGpus(): Promise<GpuFact[]> {
  const root = '/sys/class/drm';
  const names = await readdir(root).catch(() => []);
  const found: GpuFact[] = [];
  for (const card of names.filter((name) => /^card\d+$/.test(name))) {
    const read = (file: string): Promise<string> =>
      readFile(join(root, card, 'device', file), 'utf8').then(
        (text) => text.trim(),
        () => '',
      );
    const [vendor, device] = [await read('vendor'), await read('device')];
    if (vendors[vendor] !== undefined) {
      found.push({ name: `${vendors[vendor]} ${device}`, memory: null, driver: null });
    }
  }
  return found;
}
