/** Words of a model or a person, cut at code fences; nothing else of their marks is given a meaning. */

export type TextBlock =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly language: string; readonly text: string };

const fence = /^ {0,3}(`{3,}|~{3,})[ \t]*([\w+#.-]*)[^\n`]*$/;

/** A fence that nothing closes runs to the end: so it looks while it is being written. */
export function splitBlocks(text: string): TextBlock[] {
  const blocks: TextBlock[] = [];
  let lines: string[] = [];
  let open: { readonly mark: string; readonly language: string } | null = null;
  const close = (): void => {
    const joined = lines.join('\n');
    lines = [];
    if (open !== null) blocks.push({ kind: 'code', language: open.language, text: joined });
    else if (joined.trim() !== '')
      blocks.push({ kind: 'text', text: joined.replace(/^\n+|\n+$/g, '') });
  };
  for (const line of text.split('\n')) {
    const found = fence.exec(line);
    const mark = found?.[1] ?? '';
    if (open === null && mark !== '') {
      close();
      open = { mark, language: found?.[2] ?? '' };
    } else if (open !== null && line.trim() === mark && mark.startsWith(open.mark)) {
      close();
      open = null;
    } else lines.push(line);
  }
  if (open !== null || lines.length > 0) close();
  return blocks;
}
