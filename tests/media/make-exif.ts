/** A TIFF structure with one main folder and one EXIF folder of texts. */
export function exifBytes(
  exif: Record<number, string>,
  main: Record<number, string> = {},
  little = true,
): Buffer {
  const parts: Buffer[] = [];
  let end = 8;
  const put = (part: Buffer): number => {
    parts.push(part);
    end += part.length;
    return end - part.length;
  };
  const u16 = (value: number) => {
    const bytes = Buffer.alloc(2);
    if (little) bytes.writeUInt16LE(value);
    else bytes.writeUInt16BE(value);
    return bytes;
  };
  const u32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    if (little) bytes.writeUInt32LE(value);
    else bytes.writeUInt32BE(value);
    return bytes;
  };
  const folder = (tags: Record<number, string>, pointer?: number): number => {
    const entries = Object.entries(tags).map(([tag, text]) => {
      const bytes = Buffer.from(`${text}\0`, 'latin1');
      const value =
        bytes.length <= 4
          ? Buffer.concat([bytes, Buffer.alloc(4 - bytes.length)])
          : u32(put(bytes));
      return Buffer.concat([u16(Number(tag)), u16(2), u32(bytes.length), value]);
    });
    if (pointer !== undefined) {
      entries.push(Buffer.concat([u16(0x8769), u16(4), u32(1), u32(pointer)]));
    }
    return put(Buffer.concat([u16(entries.length), ...entries, u32(0)]));
  };
  const first = folder(main, folder(exif));
  const head = Buffer.concat([Buffer.from(little ? 'II' : 'MM'), u16(42), u32(first)]);
  return Buffer.concat([head, ...parts]);
}
