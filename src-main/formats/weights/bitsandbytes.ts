/**
 * Quantised weights as bitsandbytes and transformers keep them beside each other in safetensors.
 *   nf4   NAME u8 [ceil(n / 2), 1]; NAME.absmax u8 [blocks]; NAME.nested_absmax f32 [outer blocks];
 *         NAME.quant_map f32 [16]; NAME.nested_quant_map f32 [256]; and a JSON text as bytes,
 *         NAME.quant_state.bitsandbytes__nf4. Quantised once: NAME.absmax f32, nothing nested.
 *   int8  NAME i8 [rows, cols]; MODULE.SCB f32 [rows]; MODULE.weight_format u8 [], 0 for row-major
 * and what config.json says of it in `quantization_config`.
 * @source bitsandbytes functional.QuantState.as_dict, nn.Linear8bitLt; transformers BitsAndBytesConfig
 */
import { LensmithError } from '../../base/errors.ts';
import { dynamicMap, nf4Block, nf4Code, nf4OuterBlock } from '../../tensor/nf4-tables.ts';
import type { QuantFormat } from '../../tensor/quantized.ts';
import type { CheckpointFolder } from './checkpoint-folder.ts';
import { readTensorBytes, shorten } from './safetensors.ts';
import type { SafetensorsSource } from './safetensors.ts';

const stateSuffix = '.quant_state.bitsandbytes__nf4';

/** What a state or a table takes is a fraction of this; a file may say anything. */
const maxSmallBytes = 65_536;

/** Names of the tensors that a quantised weight NAME is kept in. */
export function nf4Names(name: string) {
  return {
    codes: name,
    scales: `${name}.absmax`,
    scales2: `${name}.nested_absmax`,
    state: `${name}${stateSuffix}`,
    map: `${name}.quant_map`,
    nestedMap: `${name}.nested_quant_map`,
  } as const;
}

export function int8Names(name: string) {
  const module = name.replace(/\.weight$/, '');
  return { codes: name, scales: `${module}.SCB`, layout: `${module}.weight_format` } as const;
}

/** Names of all tensors that quantised weights are kept in, of those in a folder. */
export function partsOfQuantized(names: Iterable<string>): Set<string> {
  const parts = new Set<string>();
  const add = (of: Readonly<Record<string, string>>): void => {
    for (const name of Object.values(of)) parts.add(name);
  };
  for (const name of names) {
    if (name.endsWith(stateSuffix)) add(nf4Names(name.slice(0, -stateSuffix.length)));
    else if (name.endsWith('.SCB')) add(int8Names(name.replace(/SCB$/, 'weight')));
  }
  return parts;
}

/** What the JSON text beside an nf4 weight says. */
export interface Nf4State {
  readonly shape: readonly number[];
  /** Mean of the absmaxes; null where they are not quantised themselves. */
  readonly offset: number | null;
}

/**
 * The states of all nf4 weights of a folder, by the weights' names in the files.
 * @throws formats/quantization-unsupported for another block size, code or fp4
 */
export async function readNf4States(folder: CheckpointFolder): Promise<Map<string, Nf4State>> {
  const states = new Map<string, Nf4State>();
  for (const diskName of folder.tensors.keys()) {
    if (/\.quant_state\.bitsandbytes__fp4$/.test(diskName)) {
      throw unsupported(diskName, 'nf4', 'fp4');
    }
    if (!diskName.endsWith(stateSuffix)) continue;
    const name = diskName.slice(0, -stateSuffix.length);
    states.set(name, await readState(folder, name));
  }
  return states;
}

async function readState(folder: CheckpointFolder, name: string): Promise<Nf4State> {
  const names = nf4Names(name);
  const text = Buffer.from(await bytesOf(folder, names.state)).toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw unsupported(names.state, 'JSON', shorten(text));
  }
  const state = (typeof json === 'object' && json !== null ? json : {}) as Record<string, unknown>;
  const expect = (field: string, wanted: unknown): void => {
    if (state[field] !== wanted) throw unsupported(`${name}: ${field}`, wanted, state[field]);
  };
  expect('quant_type', 'nf4');
  expect('blocksize', nf4Block);
  await expectMap(folder, names.map, nf4Code);
  const shape = state['shape'];
  if (!Array.isArray(shape) || !shape.every((size) => Number.isSafeInteger(size))) {
    throw unsupported(`${name}: shape`, 'a list of sizes', shape);
  }
  const offset = state['nested_offset'] ?? null;
  if (offset === null) return { shape: shape as number[], offset };
  if (!Number.isFinite(offset)) {
    throw unsupported(`${name}: nested_offset`, 'a number', String(offset));
  }
  expect('nested_blocksize', nf4OuterBlock);
  await expectMap(folder, names.nestedMap, dynamicMap);
  return { shape: shape as number[], offset: offset as number };
}

/** Scales of rows or blocks, in 32 bits. */
const scales = /\.(?:SCB|absmax|nested_absmax)$/;

/**
 * Reads what the engine would take as it is: int8 has to lie row by row, which others than the usual
 * writers leave it in, and scales have to be numbers, or every answer is none.
 * @throws formats/quantization-unsupported, formats/quantization-damaged
 */
export async function checkQuantizedParts(folder: CheckpointFolder): Promise<void> {
  for (const [name, { file, entry }] of folder.tensors) {
    if (name.endsWith('.weight_format')) {
      const [layout] = await bytesOf(folder, name);
      if (layout !== 0) throw unsupported(name, '0, for row by row', layout);
    } else if (entry.dtype === 'F32' && scales.test(name)) {
      checkScales(name, await readTensorBytes(file, name));
    }
  }
}

function checkScales(name: string, bytes: Uint8Array): void {
  const values = new Float32Array(Uint8Array.from(bytes).buffer);
  const at = values.findIndex((value) => !Number.isFinite(value));
  if (at < 0) return;
  throw new LensmithError(
    'formats/quantization-damaged',
    `The scales of a quantised weight are no numbers: ${name}.`,
    {
      expected: 'finite numbers',
      got: `${values[at]} at ${at}`,
      hint: 'Download the folder again, or quantise the model anew.',
    },
  );
}

/** A map may have been computed with other rounding; one that differs by more is another code. */
async function expectMap(
  folder: CheckpointFolder,
  name: string,
  wanted: Float32Array,
): Promise<void> {
  const bytes = Uint8Array.from(await bytesOf(folder, name));
  const got = new Float32Array(bytes.buffer, 0, Math.floor(bytes.byteLength / 4));
  const same =
    got.length === wanted.length &&
    wanted.every((value, i) => Math.abs(value - (got[i] as number)) <= 1e-6);
  if (!same) throw unsupported(name, 'the published code', 'another one');
}

async function bytesOf(folder: CheckpointFolder, name: string): Promise<Uint8Array> {
  const found = folder.tensors.get(name);
  if (found === undefined) throw unsupported(name, 'a tensor of this name', 'none');
  const { sizeBytes } = found.entry;
  if (sizeBytes > maxSmallBytes) {
    throw unsupported(name, `at most ${maxSmallBytes} bytes`, `${sizeBytes} bytes`);
  }
  return readTensorBytes(found.file, name);
}

function unsupported(what: string, expected: unknown, got: unknown): LensmithError {
  return new LensmithError(
    'formats/quantization-unsupported',
    `The weights are quantised in a way that is not read: ${what}.`,
    {
      expected: typeof expected === 'string' ? expected : JSON.stringify(expected),
      got: typeof got === 'string' ? got : (JSON.stringify(got) ?? 'nothing'),
      hint: 'Give the model in f32, bf16 or f16, and quantise it here.',
    },
  );
}

type Bytes = SafetensorsSource['data'];

/** The tensors of one nf4 weight. @param offset and scales2 null when quantised once */
export function nf4Sources(
  name: string,
  shape: readonly [rows: number, cols: number],
  dtype: string,
  parts: {
    readonly codes: Bytes;
    readonly scales: Bytes;
    readonly scales2: Bytes | null;
    readonly offset: number | null;
  },
): SafetensorsSource[] {
  const names = nf4Names(name);
  const blocks = Math.ceil((shape[0] * shape[1]) / nf4Block);
  const twice = parts.scales2 !== null && parts.offset !== null;
  const state = {
    quant_type: 'nf4',
    blocksize: nf4Block,
    dtype,
    shape,
    ...(twice
      ? { nested_blocksize: nf4OuterBlock, nested_dtype: 'float32', nested_offset: parts.offset }
      : {}),
  };
  const text = new TextEncoder().encode(JSON.stringify(state));
  const codeBytes = Math.ceil((shape[0] * shape[1]) / 2);
  const map = (of: Float32Array): Uint8Array => new Uint8Array(Float32Array.from(of).buffer);
  return [
    { name: names.codes, dtype: 'U8', shape: [codeBytes, 1], data: parts.codes },
    { name: names.scales, dtype: twice ? 'U8' : 'F32', shape: [blocks], data: parts.scales },
    { name: names.map, dtype: 'F32', shape: [16], data: map(nf4Code) },
    { name: names.state, dtype: 'U8', shape: [text.byteLength], data: text },
    ...(twice
      ? ([
          {
            name: names.scales2,
            dtype: 'F32',
            shape: [Math.ceil(blocks / nf4OuterBlock)],
            data: parts.scales2 as Bytes,
          },
          { name: names.nestedMap, dtype: 'F32', shape: [256], data: map(dynamicMap) },
        ] as const)
      : []),
  ];
}

export function int8Sources(
  name: string,
  shape: readonly [rows: number, cols: number],
  parts: { readonly codes: Bytes; readonly scales: Bytes },
): SafetensorsSource[] {
  const names = int8Names(name);
  return [
    { name: names.codes, dtype: 'I8', shape, data: parts.codes },
    { name: names.scales, dtype: 'F32', shape: [shape[0]], data: parts.scales },
    { name: names.layout, dtype: 'U8', shape: [], data: Uint8Array.of(0) },
  ];
}

/**
 * Module paths that stay as they are. transformers 5 compares with the beginnings of its own paths,
 * which begin with "model." there, and so would quantise the tower while it loads; 4 with any part.
 */
const notQuantised = [
  'lm_head',
  'vision_tower',
  'multi_modal_projector',
  'model.vision_tower',
  'model.multi_modal_projector',
];

/** `quantization_config` of config.json. @param dtype of what is not quantised */
export function quantizationConfig(format: QuantFormat, dtype: string): Record<string, unknown> {
  const nf4 = format === 'nf4';
  return {
    quant_method: 'bitsandbytes',
    load_in_4bit: nf4,
    load_in_8bit: !nf4,
    _load_in_4bit: nf4,
    _load_in_8bit: !nf4,
    llm_int8_skip_modules: notQuantised,
    llm_int8_threshold: 6.0,
    llm_int8_enable_fp32_cpu_offload: false,
    llm_int8_has_fp16_weight: false,
    bnb_4bit_quant_type: nf4 ? 'nf4' : 'fp4',
    bnb_4bit_use_double_quant: nf4,
    bnb_4bit_compute_dtype: dtype,
    bnb_4bit_quant_storage: 'uint8',
  };
}

/**
 * How a folder's weights are quantised, by its config.json; null when they are not.
 * @throws formats/quantization-unsupported
 */
export function storedQuantization(config: Readonly<Record<string, unknown>>): QuantFormat | null {
  const given = config['quantization_config'];
  if (given === undefined || given === null) return null;
  const fields = (typeof given === 'object' ? given : {}) as Record<string, unknown>;
  const method = fields['quant_method'];
  if (method !== 'bitsandbytes') throw unsupported('quant_method', 'bitsandbytes', method);
  if (fields['load_in_8bit'] === true) return 'int8';
  if (fields['load_in_4bit'] !== true) return null;
  const type = fields['bnb_4bit_quant_type'];
  if (type !== 'nf4') throw unsupported('bnb_4bit_quant_type', 'nf4', type);
  return 'nf4';
}
