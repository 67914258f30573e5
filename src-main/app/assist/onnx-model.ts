/** ONNX files run by onnxruntime on the CPU. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';
import { LensmithError } from '../../base/errors.ts';

export type FloatTensor = { readonly data: Float32Array; readonly shape: readonly number[] };

/** Names and shapes of what goes in; null for a size that may be anything. */
export interface ModelInput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | null)[];
}

type MakeTensor = (data: Float32Array, shape: readonly number[]) => Tensor;

const maxFileBytes = 4 * 2 ** 30;
/** The window must stay quick while a model works. */
const threads = 2;

export class OnnxModel {
  readonly path: string;
  readonly inputs: readonly ModelInput[];
  readonly outputNames: readonly string[];
  readonly #session: InferenceSession;
  readonly #makeTensor: MakeTensor;

  private constructor(path: string, session: InferenceSession, makeTensor: MakeTensor) {
    this.path = path;
    this.#session = session;
    this.#makeTensor = makeTensor;
    this.outputNames = session.outputNames;
    this.inputs = session.inputMetadata.map((facts) => ({
      name: facts.name,
      type: facts.isTensor ? facts.type : 'none',
      shape: facts.isTensor
        ? facts.shape.map((size) => (typeof size === 'number' && size > 0 ? size : null))
        : [],
    }));
  }

  /** @throws assist/bad-model */
  static async open(path: string): Promise<OnnxModel> {
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile() || found.size > maxFileBytes) {
      throw badModel(path, found === undefined ? 'there is no such file' : `${found.size} bytes`);
    }
    const runtime = await import('onnxruntime-node');
    try {
      const session = await runtime.InferenceSession.create(path, {
        executionProviders: ['cpu'],
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        logSeverityLevel: 3,
      });
      const makeTensor: MakeTensor = (data, shape) => new runtime.Tensor('float32', data, shape);
      return new OnnxModel(path, session, makeTensor);
    } catch (error) {
      throw badModel(path, error instanceof Error ? error.message : String(error));
    }
  }

  /** Runs the model on floats. @throws assist/bad-model when an output is not floats */
  async run(
    inputs: Readonly<Record<string, FloatTensor>>,
    outputs: readonly string[] = this.outputNames,
  ): Promise<Record<string, FloatTensor>> {
    const feeds = Object.fromEntries(
      Object.entries(inputs).map(([name, { data, shape }]) => [
        name,
        this.#makeTensor(data, shape),
      ]),
    );
    const results = await this.#session.run(feeds, [...outputs]);
    return Object.fromEntries(
      outputs.map((name) => {
        const tensor = results[name];
        if (tensor?.type !== 'float32') {
          throw badModel(this.path, `the output ${name} is of type ${tensor?.type ?? 'none'}`);
        }
        return [name, { data: tensor.data as Float32Array, shape: tensor.dims }];
      }),
    );
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}

export function badModel(path: string, got: string, expected = 'an ONNX model'): LensmithError {
  return new LensmithError('assist/bad-model', `${basename(path)} cannot be used.`, {
    expected,
    got: got.slice(0, 500),
  });
}
