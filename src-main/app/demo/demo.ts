/**
 * The main job, start to end, on what ships with the program: the starter model
 * is asked about parts that it has never seen, learns them by LoRA and a trained
 * projector, is asked again, and its adapter is exported with proof.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaParts } from '../../formats/sample.ts';
import { loadDataset } from '../../formats/datasets/index.ts';
import type { EvaluatedSample } from '../../eval/evaluate.ts';
import { deviceInfo } from '../../tensor/device.ts';
import type { DeviceOptions } from '../../tensor/device.ts';
import { evaluateFile } from '../evaluate/evaluate.ts';
import { runExport } from '../export/export.ts';
import type { ExportOutcome } from '../export/export.ts';
import { openSession } from '../session/session.ts';
import { runTraining } from '../train/train.ts';
import type { TrainProgress } from '../train/train.ts';

export interface DemoRequest extends DeviceOptions {
  /** Folder with starter-model and sample-project. */
  readonly resourcesDir: string;
  /** Takes the run and the exported adapter; what an earlier demo left there is replaced. */
  readonly outDir: string;
  readonly steps: number;
}

export type DemoStage = 'before' | 'training' | 'after' | 'export';

export interface DemoEvents {
  readonly onStage?: (stage: DemoStage) => void;
  readonly onAnswer?: (done: number, total: number) => void;
  readonly onTraining?: (event: TrainProgress) => void;
  readonly signal?: AbortSignal | undefined;
}

/** One held-out sample before and after. */
export interface DemoAnswer {
  readonly id: string;
  readonly media: string;
  readonly question: string;
  readonly wanted: string;
  readonly before: string;
  readonly after: string;
}

export interface DemoResult {
  readonly device: string;
  readonly parameters: number;
  readonly trainedParameters: number;
  readonly trainSamples: number;
  readonly testSamples: number;
  /** Share of held-out answers that are right to the letter. */
  readonly accuracy: { readonly before: number; readonly after: number };
  readonly steps: number;
  readonly loss: { readonly first: number; readonly last: number };
  readonly tokensPerSecond: number;
  readonly peakMemoryBytes: number;
  readonly seconds: { readonly training: number; readonly total: number };
  readonly answers: readonly DemoAnswer[];
  readonly adapter: ExportOutcome;
}

const metric = 'exact-match';
const answersShown = 5;

/** @throws the errors of openSession, evaluateFile, runTraining and runExport */
export async function runDemo(request: DemoRequest, events: DemoEvents = {}): Promise<DemoResult> {
  const started = performance.now();
  const modelDir = join(request.resourcesDir, 'starter-model');
  const project = join(request.resourcesDir, 'sample-project');
  const runDir = join(request.outDir, 'run');
  await rm(request.outDir, { recursive: true, force: true });

  events.onStage?.('before');
  const before = await evaluate(modelDir, undefined, project, request, events);
  events.onStage?.('training');
  const trainingStarted = performance.now();
  const run = await runTraining(
    {
      modelDir,
      dataPath: join(project, 'train.json'),
      outDir: runDir,
      method: 'lora',
      parts: ['projector', 'llm'],
      rank: 16,
      alpha: 32,
      learningRate: 2e-3,
      learningRateProjector: 1e-3,
      schedule: 'cosine',
      warmupSteps: 10,
      batchSize: 16,
      maxSteps: request.steps,
      ...deviceOf(request),
    },
    { onProgress: events.onTraining, signal: events.signal },
  );
  const trainingSeconds = (performance.now() - trainingStarted) / 1000;
  events.onStage?.('after');
  const after = await evaluate(modelDir, run.outputPath, project, request, events);
  events.onStage?.('export');
  const adapter = await runExport({
    modelDir,
    adapterDir: run.outputPath,
    merge: false,
    outDir: join(request.outDir, 'adapter'),
    ...deviceOf(request),
  });
  const { lines } = run;
  const tokens = lines.reduce((sum, line) => sum + line.tokens, 0);
  return {
    device: deviceInfo().description,
    parameters: before.parameters,
    trainedParameters: run.plan.trainedParameters,
    trainSamples: run.plan.samples,
    testSamples: after.samples.length,
    accuracy: { before: before.accuracy, after: after.accuracy },
    steps: run.steps,
    loss: { first: lines[0]?.loss ?? NaN, last: lines.at(-1)?.loss ?? NaN },
    tokensPerSecond: tokens / trainingSeconds,
    peakMemoryBytes: Math.max(...lines.map((line) => line.peakMemoryBytes)),
    seconds: { training: trainingSeconds, total: (performance.now() - started) / 1000 },
    answers: await sideBySide(join(project, 'test.json'), before.samples, after.samples),
    adapter,
  };
}

function deviceOf({ device, threads, memoryBytes }: DemoRequest): DeviceOptions {
  return { device, threads, memoryBytes };
}

interface Scored {
  readonly parameters: number;
  readonly accuracy: number;
  readonly samples: readonly EvaluatedSample[];
}

async function evaluate(
  modelDir: string,
  adapter: string | undefined,
  project: string,
  request: DemoRequest,
  { onAnswer, signal }: DemoEvents,
): Promise<Scored> {
  using session = await openSession(modelDir, { adapter, ...deviceOf(request) });
  const { overall, samples } = await evaluateFile(session, {
    data: join(project, 'test.json'),
    metrics: [metric],
    settings: { maxNewTokens: 24 },
    onProgress: onAnswer,
    signal,
  });
  const weights = [...session.loaded.weights.parameters.values()];
  return {
    parameters: weights.reduce((sum, parameter) => sum + parameter.numel, 0),
    accuracy: overall[metric] ?? 0,
    samples,
  };
}

/** Answers to samples spread over the test set, so that several kinds are seen. */
async function sideBySide(
  testPath: string,
  before: readonly EvaluatedSample[],
  after: readonly EvaluatedSample[],
): Promise<DemoAnswer[]> {
  const { samples } = await loadDataset(testPath);
  const shown = Math.min(answersShown, samples.length);
  return Array.from({ length: shown }, (_, i) => {
    const at = Math.floor((i * (samples.length - 1)) / Math.max(1, shown - 1));
    const sample = samples[at];
    const [part] = sample ? mediaParts(sample) : [];
    const question = sample?.messages
      .find(({ role }) => role === 'user')
      ?.content.map((p) => (p.type === 'text' ? p.text.trim() : ''))
      .join('');
    return {
      id: sample?.id ?? '',
      media: part && 'path' in part ? part.path : '',
      question: question ?? '',
      wanted: after[at]?.answers[0]?.reference ?? '',
      before: before[at]?.answers[0]?.prediction ?? '',
      after: after[at]?.answers[0]?.prediction ?? '',
    };
  });
}
