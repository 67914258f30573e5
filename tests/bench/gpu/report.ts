/** The figures as one document, and as lines for people. */
import { formatBytes } from '../../../src-main/cli/format.ts';
import type { CheckedOps } from './check-ops.ts';
import type { AttentionRate, Products } from './device-rates.ts';
import type { DecodeRate } from './decode-rates.ts';
import type { PeerReport, PeerTask } from './peer.ts';
import type { SizeName } from './shapes.ts';
import type { StepFigures } from './step-rates.ts';

export interface GpuReport {
  readonly date: string;
  readonly device: {
    readonly name: string;
    readonly description: string;
    readonly driver: string;
    readonly features: readonly string[];
  };
  /** Rates of a driver that computes on the CPU say nothing of any card. */
  readonly isSoftware: boolean;
  readonly size: SizeName;
  /** null: not asked for, as what is empty below. */
  readonly ops: CheckedOps | null;
  readonly copyBytesPerSecond: number | null;
  readonly products: Products | null;
  readonly attention: readonly AttentionRate[];
  readonly decode: readonly DecodeRate[];
  readonly steps: readonly StepFigures[];
  readonly peer: PeerReport;
}

export const softwareNote = 'A software driver: these rates say nothing of any card.';

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const giga = (rate: number): string => `${(rate / 1e9).toFixed(1)} GB/s`;

export function describe(report: GpuReport): string {
  const { device, ops, products, attention, peer } = report;
  return [
    `${device.description}, driver ${device.driver}, ${device.features.join(', ')}; ${report.date}`,
    ...(report.isSoftware ? [softwareNote] : []),
    `shapes: ${report.size}${report.size === '7b' ? ' (LLaVA-1.5-7B)' : ', smaller than LLaVA-1.5-7B'}`,
    ...(ops === null ? [] : [opsLine(ops)]),
    ...(report.copyBytesPerSecond === null
      ? []
      : [`copy: ${giga(report.copyBytesPerSecond)} read and written`]),
    ...(products === null ? [] : productLines(products)),
    ...attention.map(
      ({ tokens, reduced, forwardTeraflops, backwardTeraflops }) =>
        `attention over ${tokens} tokens${reduced ? ', in 16 bits' : ''}: ` +
        `${forwardTeraflops.toFixed(3)} TFLOP/s, backward ${backwardTeraflops.toFixed(3)}`,
    ),
    ...report.decode.map(decodeLine),
    ...report.steps.map(stepLine),
    ...peerLines(peer),
  ].join('\n');
}

function opsLine({ ops, cases, wrong }: CheckedOps): string {
  return wrong.length === 0
    ? `${cases} cases of ${ops} ops agree with the CPU`
    : ['OPS DIFFER FROM THE CPU', ...wrong].join('\n  ');
}

function productLines({ rates, ceilingTeraflops, ceilingIs }: Products): string[] {
  return [
    `ceiling of products: ${ceilingTeraflops.toFixed(2)} TFLOP/s, ${ceilingIs}`,
    ...rates.map(
      ({ shape, dtype, teraflops, share }) =>
        `  ${shape} ${dtype}: ${teraflops.toFixed(3)} TFLOP/s, ${percent(share)}`,
    ),
  ];
}

export function decodeLine(rate: DecodeRate): string {
  const { weights, tokensPerSecond, bytesPerSecond, shareOfCopy, peakBytes } = rate;
  return (
    `decode, ${weights}: ${tokensPerSecond.toFixed(1)} tokens/s, ${giga(bytesPerSecond)}, ` +
    `${shareOfCopy === null ? '' : `${percent(shareOfCopy)} of a copy; `}peak ${formatBytes(peakBytes)}`
  );
}

export function stepLine(step: StepFigures): string {
  const { method, recompute, layers } = step;
  const twice = `of ${recompute} of ${layers} layers computed twice`;
  const what = `${method} step, activations ${recompute === 0 ? 'kept' : twice}`;
  if ('error' in step) return `${what}: ${step.error}`;
  const { restingBytes, keptBytes, plannedBytes } = step.memory;
  return (
    `${what}: ${step.secondsPerStep.toFixed(3)} s, ${step.tokensPerSecond.toFixed(0)} tokens/s; ` +
    `peak ${formatBytes(step.peakBytes)} (planned ${formatBytes(plannedBytes)}; ` +
    `weights, adapters, moments ${formatBytes(restingBytes)}, ` +
    `kept by the forward pass ${formatBytes(keptBytes)})`
  );
}

function peerLines(peer: PeerReport): string[] {
  if ('skipped' in peer) return [peer.skipped];
  return peer.tasks.map(peerLine);
}

export function peerLine({ task, error, tokens_per_second, peak_bytes }: PeerTask): string {
  return error === undefined
    ? `transformers + PEFT, ${task}: ${tokens_per_second?.toFixed(1)} tokens/s; peak ${formatBytes(peak_bytes ?? 0)}`
    : `transformers + PEFT, ${task}: ${error}`;
}
