/** What is used of a picture's EXIF data. */
export interface Exif {
  /**
   * When the picture was taken, as ISO 8601: "2024-05-03T12:34:56", with milliseconds and the
   * camera's offset from UTC where they are known; without an offset it is the camera's local time.
   */
  readonly capturedAt: string | undefined;
}

const TAG = {
  dateTime: 0x0132,
  exifFolder: 0x8769,
  dateTimeOriginal: 0x9003,
  dateTimeDigitized: 0x9004,
  offsetTime: 0x9010,
  offsetTimeOriginal: 0x9011,
  offsetTimeDigitized: 0x9012,
  subSecTime: 0x9290,
  subSecTimeOriginal: 0x9291,
  subSecTimeDigitized: 0x9292,
} as const;

const TYPE_ASCII = 2;
const TYPE_LONG = 4;
const ENTRY_BYTES = 12;
const MAX_ENTRIES = 1000;
const MAX_TEXT_BYTES = 64;

/** Texts and numbers of one folder of tags (IFD), by tag. */
type Folder = ReadonlyMap<number, string | number>;

/** A folder of tags; offsets that lead out of the data are passed over, so nothing is followed far. */
function readFolder(view: DataView, at: number, little: boolean): Folder {
  const tags = new Map<number, string | number>();
  if (at < 8 || at + 2 > view.byteLength) return tags;
  const count = Math.min(view.getUint16(at, little), MAX_ENTRIES);
  for (let i = 0; i < count; i += 1) {
    const entry = at + 2 + i * ENTRY_BYTES;
    if (entry + ENTRY_BYTES > view.byteLength) break;
    const tag = view.getUint16(entry, little);
    const type = view.getUint16(entry + 2, little);
    const length = view.getUint32(entry + 4, little);
    if (type === TYPE_LONG && length === 1) tags.set(tag, view.getUint32(entry + 8, little));
    if (type !== TYPE_ASCII || length === 0 || length > MAX_TEXT_BYTES) continue;
    const from = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
    if (from + length > view.byteLength) continue;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + from, length);
    tags.set(tag, Buffer.from(bytes).toString('latin1').replace(/\0.*$/s, '').trim());
  }
  return tags;
}

/** "2024:05:03 12:34:56" and what belongs to it, as ISO 8601; undefined where it is no such time. */
function isoTime(date: unknown, fraction: unknown, offset: unknown): string | undefined {
  const match = /^(\d{4})[:-](\d\d)[:-](\d\d)[ T](\d\d):(\d\d):(\d\d)$/.exec(String(date));
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const plain = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const parsed = new Date(`${plain}Z`);
  // Cameras without a set clock write zeros; days that no month has roll over.
  if (Number.isNaN(parsed.getTime()) || !parsed.toISOString().startsWith(plain)) return undefined;
  const digits = /^(\d{1,9})$/.exec(String(fraction))?.[1];
  const milliseconds = digits ? `.${digits.padEnd(3, '0').slice(0, 3)}` : '';
  const zone = /^[+-]\d\d:\d\d$/.exec(String(offset))?.[0] ?? '';
  return plain + milliseconds + zone;
}

/**
 * Reads EXIF data: a TIFF header and its folders, with or without "Exif\0\0" before it. Damaged
 * data never fails; what cannot be read is undefined.
 * @source CIPA DC-008 (Exif 2.32), TIFF 6.0 section 2
 */
export function readExif(data: Uint8Array): Exif {
  const marked = Buffer.from(data.subarray(0, 6)).toString('latin1') === 'Exif\0\0';
  const bytes = marked ? data.subarray(6) : data;
  const nothing = { capturedAt: undefined };
  if (bytes.length < 8) return nothing;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint16(0);
  const little = order === 0x4949;
  if ((!little && order !== 0x4d4d) || view.getUint16(2, little) !== 42) return nothing;
  const main = readFolder(view, view.getUint32(4, little), little);
  const pointer = main.get(TAG.exifFolder);
  const exif = typeof pointer === 'number' ? readFolder(view, pointer, little) : new Map();
  const capturedAt =
    isoTime(
      exif.get(TAG.dateTimeOriginal),
      exif.get(TAG.subSecTimeOriginal),
      exif.get(TAG.offsetTimeOriginal),
    ) ??
    isoTime(
      exif.get(TAG.dateTimeDigitized),
      exif.get(TAG.subSecTimeDigitized),
      exif.get(TAG.offsetTimeDigitized),
    ) ??
    isoTime(main.get(TAG.dateTime), exif.get(TAG.subSecTime), exif.get(TAG.offsetTime));
  return { capturedAt };
}
