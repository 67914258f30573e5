/**
 * The first key that an object of a JSON text holds twice; JSON.parse keeps the
 * last silently, so two readers could see two different files.
 * @param text valid JSON (JSON.parse has accepted it)
 */
export function findDuplicateKey(text: string): string | undefined {
  const open: Set<string>[] = [];
  const keyEnd = /\s*:/y;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x7b) open.push(new Set());
    else if (code === 0x7d) open.pop();
    else if (code === 0x22) {
      const end = stringEnd(text, i);
      keyEnd.lastIndex = end;
      // In valid JSON only a key is followed by a colon, and it belongs to the innermost object.
      if (keyEnd.test(text)) {
        const key = JSON.parse(text.slice(i, end)) as string;
        const keys = open.at(-1);
        if (keys?.has(key)) return key;
        keys?.add(key);
      }
      i = end - 1;
    }
  }
  return undefined;
}

/** The index after the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  for (let i = start + 1; ; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5c) i++;
    else if (code === 0x22 || Number.isNaN(code)) return i + 1;
  }
}
