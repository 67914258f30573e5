/**
 * Tiny ONNX models written by hand, so that the code around assisting models is tested on files that
 * onnxruntime really runs. @source onnx.proto (https://github.com/onnx/onnx), protobuf wire format
 */

type Bytes = readonly number[];

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return bytes;
}

const field = (number: number, type: 0 | 2): number[] => varint((number << 3) | type);
const int = (number: number, value: number): number[] => [...field(number, 0), ...varint(value)];
const bytes = (number: number, value: Bytes): number[] => [
  ...field(number, 2),
  ...varint(value.length),
  ...value,
];
const text = (number: number, value: string): number[] => bytes(number, [...Buffer.from(value)]);

export type Attribute = { readonly name: string } & (
  { readonly int: number } | { readonly ints: readonly number[] } | { readonly tensor: Constant }
);

export interface OnnxNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: readonly Attribute[];
}

/** A tensor in the file: floats, or whole numbers. */
export type Constant = { readonly name: string; readonly shape: readonly number[] } & (
  { readonly floats: readonly number[] } | { readonly ints: readonly number[] }
);

/** A name and its sizes; a text stands for a size that may be anything. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants?: readonly Constant[];
  readonly nodes: readonly OnnxNode[];
}

const [float, int64] = [1, 7];

function tensorOf(constant: Constant): number[] {
  const isFloat = 'floats' in constant;
  const data = isFloat
    ? Buffer.from(Float32Array.from(constant.floats).buffer)
    : Buffer.from(BigInt64Array.from(constant.ints, BigInt).buffer);
  return [
    ...constant.shape.flatMap((size) => int(1, size)),
    ...int(2, isFloat ? float : int64),
    ...text(8, constant.name),
    ...bytes(9, [...data]),
  ];
}

function attributeOf(attribute: Attribute): number[] {
  const name = text(1, attribute.name);
  if ('int' in attribute) return [...name, ...int(3, attribute.int), ...int(20, 2)];
  if ('ints' in attribute) {
    return [...name, ...attribute.ints.flatMap((value) => int(8, value)), ...int(20, 7)];
  }
  return [...name, ...bytes(5, tensorOf(attribute.tensor)), ...int(20, 4)];
}

function nodeOf({ op, inputs, outputs, attributes = [] }: OnnxNode): number[] {
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, op),
    ...attributes.flatMap((attribute) => bytes(5, attributeOf(attribute))),
  ];
}

function valueOf({ name, shape }: OnnxValue): number[] {
  const sizes = shape.flatMap((size) =>
    bytes(1, typeof size === 'number' ? int(1, size) : text(2, size)),
  );
  const tensorType = [...int(1, float), ...bytes(2, sizes)];
  return [...text(1, name), ...bytes(2, bytes(1, tensorType))];
}

/** The bytes of a model file, opset 13. */
export function onnxFile(graph: OnnxGraph): Uint8Array {
  const body = [
    ...graph.nodes.flatMap((node) => bytes(1, nodeOf(node))),
    ...text(2, 'test'),
    ...(graph.constants ?? []).flatMap((constant) => bytes(5, tensorOf(constant))),
    ...graph.inputs.flatMap((value) => bytes(11, valueOf(value))),
    ...graph.outputs.flatMap((value) => bytes(12, valueOf(value))),
  ];
  const opset = int(2, 13);
  return Uint8Array.from([...int(1, 8), ...bytes(7, body), ...bytes(8, opset)]);
}
