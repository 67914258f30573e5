import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LensmithError } from '../base/errors.ts';

/** A native tensor; 0 means that an optional operand was not given. */
export type Handle = number;

/**
 * The kernels, with positional arguments in the order of each contract's
 * `visit()` in native/ops. A test compares this table with the addon's own
 * signatures.
 */
export interface NativeOps {
  // prettier-ignore
  matmul(a: Handle, b: Handle, bias: Handle, low: Handle, side: Handle, out: Handle, transposeA: boolean, transposeB: boolean, alpha: number, beta: number, sideAlpha: number): void;
  // prettier-ignore
  quantized_matmul(a: Handle, codes: Handle, scales: Handle, scales2: Handle, offset: Handle, rows: number, cols: number, bias: Handle, low: Handle, side: Handle, out: Handle, transposeW: boolean, sideAlpha: number): void;
  // prettier-ignore
  quantize(x: Handle, codes: Handle, scales: Handle, scales2: Handle, offset: Handle, rows: number, cols: number): void;
  // prettier-ignore
  dequantize(codes: Handle, scales: Handle, scales2: Handle, offset: Handle, rows: number, cols: number, out: Handle): void;
  copy(src: Handle, dst: Handle): void;
  fill(out: Handle, value: number): void;
  add(a: Handle, b: Handle, out: Handle, alpha: number): void;
  mul(a: Handle, b: Handle, out: Handle): void;
  scale(x: Handle, out: Handle, factor: number): void;
  reduce(x: Handle, out: Handle, kind: number): void;
  gather_rows(x: Handle, index: Handle, out: Handle): void;
  scatter_rows(src: Handle, index: Handle, out: Handle): void;
  scatter_add_rows(src: Handle, index: Handle, out: Handle): void;
  rms_norm(x: Handle, weight: Handle, out: Handle, rstd: Handle, eps: number): void;
  // prettier-ignore
  rms_norm_backward(x: Handle, weight: Handle, rstd: Handle, grad: Handle, dx: Handle, dweight: Handle): void;
  // prettier-ignore
  layer_norm(x: Handle, weight: Handle, bias: Handle, out: Handle, mean: Handle, rstd: Handle, eps: number): void;
  // prettier-ignore
  layer_norm_backward(x: Handle, weight: Handle, mean: Handle, rstd: Handle, grad: Handle, dx: Handle, dweight: Handle, dbias: Handle): void;
  // prettier-ignore
  rope(x: Handle, positions: Handle, inverseFrequency: Handle, index: Handle, out: Handle, scale: number, inverse: boolean): void;
  activation(x: Handle, out: Handle, kind: number): void;
  activation_backward(x: Handle, grad: Handle, dx: Handle, kind: number): void;
  swiglu(gate: Handle, up: Handle, out: Handle): void;
  swiglu_backward(gate: Handle, up: Handle, grad: Handle, dgate: Handle, dup: Handle): void;
  softmax(x: Handle, out: Handle): void;
  softmax_backward(out: Handle, grad: Handle, dx: Handle): void;
  // prettier-ignore
  attention(q: Handle, k: Handle, v: Handle, qOffsets: Handle, kOffsets: Handle, out: Handle, lse: Handle, scale: number, causal: boolean, window: number, reduced: boolean): void;
  // prettier-ignore
  attention_backward(q: Handle, k: Handle, v: Handle, qOffsets: Handle, kOffsets: Handle, out: Handle, lse: Handle, grad: Handle, dq: Handle, dk: Handle, dv: Handle, scale: number, causal: boolean, window: number, reduced: boolean): void;
  // prettier-ignore
  linear_cross_entropy(hidden: Handle, weight: Handle, targets: Handle, rowWeights: Handle, losses: Handle, loss: Handle, dhidden: Handle, dweight: Handle): void;
  patchify(pixels: Handle, rows: Handle, patch: number): void;
  unpatchify(rows: Handle, pixels: Handle, patch: number): void;
  dropout(x: Handle, out: Handle, probability: number, seed: number, stream: number): void;
  // prettier-ignore
  random_fill(out: Handle, kind: number, a: number, b: number, seed: number, stream: number): void;
  // prettier-ignore
  adamw(param: Handle, grad: Handle, m: Handle, v: Handle, master: Handle, gradScale: Handle, lr: number, beta1: number, beta2: number, eps: number, weightDecay: number, step: number): void;
  // prettier-ignore
  adamw_8bit(param: Handle, grad: Handle, m: Handle, mScale: Handle, v: Handle, vScale: Handle, master: Handle, gradScale: Handle, lr: number, beta1: number, beta2: number, eps: number, weightDecay: number, step: number): void;
  sum_squares(x: Handle, out: Handle, slot: number): void;
  clip_coefficient(squares: Handle, out: Handle, maxNorm: number): void;
  argmax(logits: Handle, out: Handle): void;
  top_k(logits: Handle, values: Handle, indices: Handle): void;
  // prettier-ignore
  sample(logits: Handle, history: Handle, out: Handle, temperature: number, topP: number, repetitionPenalty: number, topK: number, seed: number, stream: number): void;
}

export interface MemoryStats {
  readonly liveBytes: number;
  /** Largest liveBytes since the last resetPeak(). */
  readonly peakBytes: number;
  /** Freed, and kept for reuse. */
  readonly cachedBytes: number;
  readonly liveStorages: number;
  /** In use of the machine's memory beside a device that has its own; 0 on the CPU. */
  readonly hostBytes: number;
  /** Live handles: what a leak test counts. */
  readonly tensors: number;
}

/** What the device can do at most; zeros where it cannot tell. */
export interface DevicePeaks {
  /** Multiply-adds from registers, two operations each. */
  readonly flopPerSecond: number;
  /** Reading memory. */
  readonly bytesPerSecond: number;
}

/** The device that is open. */
export interface DeviceInfo {
  readonly name: string;
  readonly description: string;
  /** Of memory that the device has for itself; 0 for the CPU. */
  readonly memoryBytes: number;
  /** Whether products round a factor beside one of 16 bits or fewer to as many. */
  readonly roundsFactors: boolean;
  /** Whether ops take operands in mapped files; where not, `placed` copies them first. */
  readonly readsMappedFiles: boolean;
  /** Whether a large tensor takes no more than its size; see allocatedBytes. */
  readonly dividesMemory: boolean;
}

/** A graphics device of this machine. */
export interface GraphicsDevice {
  /** `vulkan:0`, as --device takes it. */
  readonly id: string;
  readonly name: string;
  readonly kind: 'discrete' | 'integrated' | 'virtual' | 'software' | 'other';
  /** Its name and version. */
  readonly driver: string;
  readonly memoryBytes: number;
  /** What it has that matters, in words: "Vulkan 1.3", "subgroups of 32". */
  readonly features: readonly string[];
  /** What `vulkan` means: a real one before software, then by kind and memory. */
  readonly isBest: boolean;
  /** A driver that computes on the CPU, slower than the engine itself does. */
  readonly isSoftware: boolean;
  /** What the kernels need and it does not have; empty when it can be used. */
  readonly lacks: string;
}

/** What a graphics device was given; zeros on the CPU. */
export interface CommandCounts {
  readonly dispatches: number;
  readonly copies: number;
  /** Commands that had to wait for those before. */
  readonly barriers: number;
  readonly submits: number;
  /** Of the host, for all that it had given. */
  readonly waits: number;
}

/** What native/binding exports. One device is open per JavaScript thread. */
export interface NativeAddon {
  open(device: string, threads: number, memoryBytes: number): void;
  close(): void;
  synchronize(): Promise<void>;
  cancel(): void;
  measurePeaks(): DevicePeaks;
  devices(): GraphicsDevice[];
  deviceInfo(): DeviceInfo;
  memory(): MemoryStats;
  resetPeak(): void;
  trim(): void;
  setMemoryLimit(bytes: number): void;
  setProfiling(enabled: boolean): void;
  takeProfile(): Record<string, { calls: number; milliseconds: number }>;
  takeCommandCounts(): CommandCounts;
  beginRecording(): void;
  endRecording(): number;
  replay(list: number): void;
  forget(list: number): void;
  empty(dtype: number, shape: readonly number[], onHost?: boolean): Handle;
  // prettier-ignore
  view(handle: Handle, dtype: number, offsetBytes: number, shape: readonly number[], strides: readonly number[]): Handle;
  release(handle: Handle): void;
  upload(handle: Handle, data: ArrayBufferView): void;
  download(handle: Handle): Promise<ArrayBuffer>;
  place(handle: Handle): Handle;
  rest(handle: Handle): void;
  mapFile(path: string): { readonly handle: Handle; readonly sizeBytes: number };
  readonly ops: NativeOps;
  readonly signatures: Readonly<Record<string, readonly string[]>>;
}

const addonFile = join('build', 'Release', 'lensmith.node');

/** The built addon: LENSMITH_ADDON, or the first one found going up from this file. */
export function addonPath(): string {
  const named = process.env['LENSMITH_ADDON'];
  if (named !== undefined) return named;
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const candidate = join(folder, addonFile);
    if (existsSync(candidate)) return candidate;
    const parent = dirname(folder);
    if (parent === folder) break;
    folder = parent;
  }
  throw new LensmithError('engine/addon-missing', 'The native engine is not built.', {
    expected: addonFile,
    hint: 'Run `npm run setup`, which builds it.',
  });
}

function loadAddon(): NativeAddon {
  const path = addonPath();
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (cause) {
    throw new LensmithError('engine/addon-broken', `The native engine does not load: ${path}`, {
      got: cause instanceof Error ? cause.message : String(cause),
      hint: 'Run `npm run setup` to build it again for this machine.',
      cause,
    });
  }
}

let loaded: NativeAddon | undefined;

export function addon(): NativeAddon {
  loaded ??= loadAddon();
  return loaded;
}

interface NativeFailure {
  readonly code: string;
  readonly message: string;
  readonly expected?: string;
  readonly got?: string;
  readonly hint?: string;
}

function isNativeFailure(thrown: unknown): thrown is NativeFailure {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string';
}

let lost = false;

/** Whether the open device was lost: nothing comes back from it any more. */
export function isLost(): boolean {
  return lost;
}

/** The device is closed. */
export function takeLoss(): void {
  lost = false;
}

/** An error of the addon as a LensmithError; anything else as it is. */
export function fromNative(thrown: unknown): unknown {
  if (thrown instanceof LensmithError || !isNativeFailure(thrown)) return thrown;
  lost ||= thrown.code === 'device/lost';
  return new LensmithError(thrown.code, thrown.message, { ...thrown, cause: thrown });
}
