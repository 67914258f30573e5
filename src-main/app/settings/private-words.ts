/** Takes out of a text what is nobody's business: where a person keeps things, and what they are called. */

export interface PrivateWord {
  /** A folder, or the name of a project. */
  readonly text: string;
  /** What stands in its place: `<data>`. */
  readonly shown: string;
}

const mediaName =
  /^.*[^\s.]\.(jpe?g|png|gif|webp|avif|tiff?|bmp|heic|heif|svg|mp4|mov|mkv|webm|avi|m4v|mpe?g|jsonl|csv|parquet)\b/iu;
/** No name of a file in a message goes beyond these. */
const marks = /([/\\"'“”‘’<>:\t])/u;
const path = /(?<![\w>./\\])(?:[A-Za-z]:)?[/\\](?:[^\s/\\"'“”‘’<>:]+[/\\])+[^\s"'“”‘’<>:,)]*/gu;

/**
 * The text with known words by their role, other paths as `<path>`, and media as `<file>.jpg`; where a
 * name with spaces begins is not known, so words before it may go too.
 */
export function withoutPrivateWords(text: string, words: readonly PrivateWord[]): string {
  const byLength = words
    .filter((word) => word.text.length > 3)
    .toSorted((a, b) => b.text.length - a.text.length);
  const placed = byLength.reduce((rest, word) => rest.replaceAll(word.text, word.shown), text);
  return placed
    .split('\n')
    .map((line) =>
      line
        .split(marks)
        .map((part) => part.replace(mediaName, ' <file>.$1'))
        .join('')
        .replaceAll(/(^|[/\\"'“‘<:]) <file>/gu, '$1<file>')
        .replace(path, '<path>'),
    )
    .join('\n');
}
