/**
 * A graphics device measured: all ops beside the CPU first, then products against the ceiling,
 * attention, decoding against the bandwidth of a copy, LoRA and QLoRA steps at the shapes of
 * LLaVA-1.5-7B, and peak memory; the same steps by transformers and PEFT where Python has them.
 *
 *     npm run bench:gpu -- --json [--device vulkan] [--size tiny|small|7b] [--peak-tflops X]
 *         [--only ops,copy,products,attention,decode,lora,qlora,steps,peer] [--no-peer]
 *
 * The report comes at the end; figures are told on standard error as they are taken, too. Where there
 * is nothing to measure, the one document that `--json` prints is `{"error": …}`.
 */
import { asLensmithError } from '../../../src-main/base/errors.ts';
import { UsageError } from '../../../src-main/cli/options.ts';
import { Output } from '../../../src-main/cli/output.ts';
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
import { decodeRate } from './decode-rates.ts';
import { peerReport } from './peer.ts';
import { decodeLine, describe, peerLine, softwareNote, stepLine } from './report.ts';
import type { GpuReport } from './report.ts';
import { requestFrom } from './request.ts';
import type { Request } from './request.ts';
import { shapesOf, sizeFor } from './shapes.ts';
import { stepRates } from './step-rates.ts';

/** A card when there is one, else whatever Vulkan shows: this is no measure of the CPU. */
function openGraphics(wanted: string): void {
  const found = wanted === 'auto' ? automaticDevice().device : wanted;
  const device = wanted === 'auto' && found === 'cpu' ? 'vulkan' : found;
  if (!isDeviceName(device)) throw new UsageError(`--device: ${device} names no device.`);
  openDevice({ device });
}

async function measure(request: Request, say: (text: string) => void): Promise<GpuReport> {
  const { name, description, memoryBytes } = deviceInfo();
  const fact = graphicsDevices().find(({ id }) => id === name);
  const size = request.size ?? sizeFor(memoryBytes, fact?.isSoftware ?? true);
  const shapes = shapesOf[size];
  say(`${name} (${description}), size ${size}`);
  if (fact?.isSoftware ?? false) say(softwareNote);
  const { parts } = request;
  if (parts.has('ops')) say('checking ops');
  const ops = parts.has('ops') ? await checkOps(size === 'tiny' ? 1 : 20) : null;
  say('copies, products, attention');
  await raiseClocks(shapes);
  const copyBytesPerSecond = parts.has('copy') ? await copyBandwidth(shapes) : null;
  const products = parts.has('products') ? await productRates(shapes, request.peakTeraflops) : null;
  const attention = parts.has('attention')
    ? [await attentionRate(shapes, false), await attentionRate(shapes, true)]
    : [];
  const decode = [];
  for (const weights of parts.has('decode') ? (['bf16', 'nf4'] as const) : []) {
    say(`decoding, ${weights}`);
    const rate = await decodeRate(shapes, weights, copyBytesPerSecond);
    decode.push(rate);
    say(decodeLine(rate));
  }
  const steps = [];
  for (const method of ['lora', 'qlora'] as const) {
    if (!parts.has(method)) continue;
    say(`${method} steps`);
    for await (const step of stepRates(shapes, method)) {
      steps.push(step);
      say(stepLine(step));
    }
  }
  if (parts.has('peer')) say('transformers and PEFT');
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
    peer: await peerReport(size, parts, (task) => {
      say(peerLine(task));
    }),
  };
}

/** @returns the status of the process: 1 where there is nothing to measure, or what was computed is wrong */
async function main(argv: readonly string[], output: Output): Promise<number> {
  try {
    const request = requestFrom(argv);
    openGraphics(request.device);
    try {
      const report = await measure(request, (text) => output.note(text));
      output.result(report, () => describe(report));
      return (report.ops?.wrong.length ?? 0) === 0 ? 0 : 1;
    } finally {
      closeDevice();
    }
  } catch (thrown) {
    output.error(asLensmithError(thrown).toJSON());
    return 1;
  }
}

const argv = process.argv.slice(2);
const output = new Output(argv.includes('--json'), process.stdout, process.stderr);
process.exitCode = await main(argv, output);
