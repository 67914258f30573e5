/**
 * A graphics device measured: all ops beside the CPU first, then products against the ceiling,
 * attention, decoding against the bandwidth of a copy, LoRA and QLoRA steps at the shapes of
 * LLaVA-1.5-7B, and peak memory; the same steps by transformers and PEFT where Python has them.
 *
 *     npm run bench:gpu -- --json [--device vulkan] [--size tiny|small|7b] [--peak-tflops X]
 */
import { parseArgs } from 'node:util';
import {
  automaticDevice,
  closeDevice,
  deviceInfo,
  graphicsDevices,
  isDeviceName,
  openDevice,
} from '../../../src-main/tensor/device.ts';
import { attentionRate, copyBandwidth, productRates, raiseClocks } from './device-rates.ts';
import { checkOps } from './check-ops.ts';
import { decodeRate, stepRate } from './model-rates.ts';
import { peerReport } from './peer.ts';
import { describe } from './report.ts';
import type { GpuReport } from './report.ts';
import { shapesOf, sizeFor, sizeNames } from './shapes.ts';
import type { SizeName } from './shapes.ts';

interface Request {
  readonly device: string;
  readonly size: SizeName | undefined;
  readonly peakTeraflops: number | undefined;
  readonly json: boolean;
}

function requestFrom(argv: readonly string[]): Request {
  const text = { type: 'string' } as const;
  const options = { device: text, size: text, 'peak-tflops': text, json: { type: 'boolean' } };
  const { values } = parseArgs({ args: [...argv], options: options as never }) as {
    values: Partial<Record<'device' | 'size' | 'peak-tflops', string>> & { json?: boolean };
  };
  const size = sizeNames.find((name) => name === values.size);
  if (values.size !== undefined && size === undefined) {
    throw new Error(`--size: ${values.size} is none of ${sizeNames.join(', ')}`);
  }
  const peak = values['peak-tflops'];
  return {
    device: values.device ?? 'auto',
    size,
    peakTeraflops: peak === undefined ? undefined : Number(peak),
    json: values.json ?? false,
  };
}

/** A card when there is one, else whatever Vulkan shows: this is no measure of the CPU. */
function openGraphics(wanted: string): void {
  const found = wanted === 'auto' ? automaticDevice().device : wanted;
  const device = wanted === 'auto' && found === 'cpu' ? 'vulkan' : found;
  if (!isDeviceName(device)) throw new Error(`--device: ${device} names no device`);
  openDevice({ device });
}

async function measure(request: Request, say: (text: string) => void): Promise<GpuReport> {
  const { name, description, memoryBytes } = deviceInfo();
  const fact = graphicsDevices().find(({ id }) => id === name);
  const size = request.size ?? sizeFor(memoryBytes, fact?.isSoftware ?? true);
  const shapes = shapesOf[size];
  say(`${name} (${description}), size ${size}`);
  say('checking ops');
  const ops = await checkOps(size === 'tiny' ? 1 : 20);
  say('copies, products, attention');
  await raiseClocks(shapes);
  const copyBytesPerSecond = await copyBandwidth(shapes);
  const products = await productRates(shapes, request.peakTeraflops);
  const attention = [await attentionRate(shapes, false), await attentionRate(shapes, true)];
  say('decoding');
  const decode = [];
  for (const weights of ['bf16', 'nf4'] as const) {
    decode.push(await decodeRate(shapes, weights, copyBytesPerSecond));
  }
  say('training steps');
  const steps = [];
  for (const method of ['lora', 'qlora'] as const) steps.push(await stepRate(shapes, method));
  say('transformers and PEFT');
  return {
    date: new Date().toISOString(),
    device: { name, description, driver: fact?.driver ?? '', features: fact?.features ?? [] },
    isSoftware: fact?.isSoftware ?? false,
    size,
    ops,
    copyBytesPerSecond,
    products,
    attention,
    decode,
    steps,
    peer: peerReport(size),
  };
}

const request = requestFrom(process.argv.slice(2));
openGraphics(request.device);
try {
  const report = await measure(request, (text) => console.error(text));
  console.log(request.json ? JSON.stringify(report, null, 2) : describe(report));
  process.exitCode = report.ops.wrong.length === 0 ? 0 : 1;
} finally {
  closeDevice();
}
