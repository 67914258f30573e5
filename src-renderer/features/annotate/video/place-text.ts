/**
 * A place that a person typed: `1:02.5` and `62.5s` are times, `#120` and `120` frames.
 * @returns null for what is neither
 */
export function parsePlace(text: string): { frame: number } | { seconds: number } | null {
  const plain = text.trim().replace(',', '.');
  const frame = /^#?\s*(\d{1,9})$/.exec(plain);
  if (frame !== null) return { frame: Number(frame[1]) };
  const short = /^(\d+(?:\.\d+)?)\s*s$/.exec(plain);
  if (short !== null) return { seconds: Number(short[1]) };
  const clock = /^(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(plain);
  if (clock === null) return null;
  const [, hours = '0', minutes, seconds] = clock;
  return { seconds: Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) };
}
