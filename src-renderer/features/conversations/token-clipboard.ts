/** Texts with chips through the clipboard: among themselves they keep their chips, elsewhere plain text. */
import * as v from 'valibot';
import { content as contentSchema } from '../../../src-main/ipc/contract/content.ts';
import type { Content } from '../../../src-main/ipc/contract/content.ts';
import type { References } from './references.ts';
import { chipFor, endOf, insertNodes, plainTextOf, rangeIn, read } from './token-document.ts';

const partsType = 'application/x-lensmith-parts';
const longPaste = 20_000;

/** Puts what is selected in the clipboard. @returns the range; null: nothing was */
export function copySelection(
  event: ClipboardEvent,
  root: HTMLElement,
  references: References,
): Range | null {
  const range = rangeIn(root);
  if (range === null || range.collapsed || event.clipboardData === null) return null;
  const parts = read(range.cloneContents());
  event.clipboardData.setData('text/plain', plainTextOf(parts, references));
  event.clipboardData.setData(partsType, JSON.stringify(parts));
  event.preventDefault();
  return range;
}

/**
 * Puts what the clipboard holds in place of the selection; files are left to others.
 * @param handOver takes the whole text where it grew so long that laying it out here would hold the
 *   window up for seconds
 * @returns whether the editor's text changed
 */
export function pasteInto(
  event: ClipboardEvent,
  root: HTMLElement,
  references: References,
  handOver: (content: Content) => void,
): boolean {
  const data = event.clipboardData;
  if (data === null || data.types.includes('Files')) return false;
  event.preventDefault();
  event.stopPropagation();
  const parts = ownParts(data.getData(partsType));
  const text = data.getData('text/plain').replaceAll(/\r\n?/g, '\n');
  const whole = parts === null && text.length >= longPaste ? longText(root, text) : null;
  if (whole !== null) {
    handOver([{ type: 'text', text: whole }]);
    return false;
  }
  const nodes = (parts ?? [{ type: 'text' as const, text }]).map((part) =>
    part.type === 'text' ? document.createTextNode(part.text) : chipFor(part, references),
  );
  insertNodes(root, nodes);
  return true;
}

/** What was copied here keeps its chips; anything else that calls itself so is text. */
function ownParts(json: string): Content | null {
  if (json === '') return null;
  try {
    const result = v.safeParse(contentSchema, JSON.parse(json));
    return result.success ? result.output : null;
  } catch {
    return null;
  }
}

/** What stands around the selection with `text` in its place; null where chips stand around it. */
function longText(root: HTMLElement, text: string): string | null {
  const range = rangeIn(root) ?? endOf(root);
  const [before, after] = [document.createRange(), document.createRange()];
  before.setStart(root, 0);
  before.setEnd(range.startContainer, range.startOffset);
  after.setStart(range.endContainer, range.endOffset);
  after.setEnd(root, root.childNodes.length);
  const parts = [...read(before.cloneContents()), ...read(after.cloneContents())];
  if (parts.some((part) => part.type !== 'text')) return null;
  return [before.toString(), text, after.toString()].join('');
}
