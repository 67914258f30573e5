/**
 * The text of a turn in a contenteditable element: text nodes, line breaks, and chips that are one
 * piece each. Nothing here parses markup: what was typed is text, whatever it looks like.
 */
import type { Content, ContentPart } from '../../../src-main/ipc/contract/content.ts';
import { lookOf } from './references.ts';
import type { ReferencePart, References } from './references.ts';
import { texts } from './texts/index.ts';

const chipClass = 'token-chip';
/** Stands at the end, so that a caret after a last chip or line break has a place. */
const fillerName = 'filler';

/** Shows `content` in the editor. */
export function fill(root: HTMLElement, content: Content, references: References): void {
  const nodes = content.map((part) =>
    part.type === 'text'
      ? document.createTextNode(part.text)
      : chipFor(part, references, root.ownerDocument),
  );
  root.replaceChildren(...nodes, filler());
}

/** Puts the filler back where editing took it away. */
export function keepFiller(root: HTMLElement): void {
  const last = root.lastChild;
  if (last instanceof HTMLBRElement && last.dataset['role'] === fillerName) return;
  for (const old of root.querySelectorAll(`br[data-role="${fillerName}"]`)) old.remove();
  root.append(filler());
}

function filler(): HTMLBRElement {
  const element = document.createElement('br');
  element.dataset['role'] = fillerName;
  return element;
}

export function chipFor(
  part: ReferencePart,
  references: References,
  owner: Document = document,
): HTMLElement {
  const chip = owner.createElement('span');
  chip.className = chipClass;
  chip.contentEditable = 'false';
  chip.dataset['part'] = JSON.stringify(part);
  if (part.type === 'region') chip.dataset['shape'] = String(part.shapeId);
  dress(chip, part, references);
  return chip;
}

/** Brings names and colours of all chips up to what they refer to now. */
export function refreshChips(root: HTMLElement, references: References): void {
  for (const chip of root.querySelectorAll<HTMLElement>(`.${chipClass}`)) {
    dress(chip, partOf(chip), references);
  }
}

const signs: Readonly<Record<ReferencePart['type'], string>> = {
  region: '',
  track: '',
  segment: '↔',
  event: '◷',
  time: '◷',
  item: '▣',
};

function dress(chip: HTMLElement, part: ReferencePart, references: References): void {
  const { kind, text, color, itemId, crop } = lookOf(part, references);
  const item = references.items.find((one) => one.itemId === itemId);
  chip.dataset['kind'] = kind;
  chip.classList.toggle('missing', itemId === null);
  chip.style.setProperty(
    '--chip-color',
    color === null ? 'var(--text-3)' : `var(--label-${color})`,
  );
  chip.title =
    itemId === null
      ? texts().refersToNothing
      : kind === 'item' || item === undefined
        ? text
        : texts().onItem(text, item.name);
  const { ownerDocument } = chip;
  const mark = ownerDocument.createElement('span');
  mark.className = 'token-mark';
  mark.ariaHidden = 'true';
  if (crop === null) mark.textContent = signs[kind] || text.charAt(0).toUpperCase();
  else {
    mark.classList.add('picture');
    mark.style.backgroundImage = crop.image;
    mark.style.backgroundSize = crop.size;
    mark.style.backgroundPosition = crop.position;
  }
  const name = ownerDocument.createElement('span');
  name.className = 'token-name';
  name.textContent = text;
  chip.replaceChildren(mark, name);
  // Which of several pictures it is on; of one there is nothing to tell.
  if (kind !== 'item' && item !== undefined && references.items.length > 1) {
    const where = ownerDocument.createElement('span');
    where.className = 'token-item';
    where.textContent = item.name;
    chip.append(where);
  }
}

export function isChip(node: Node | null | undefined): node is HTMLElement {
  return node instanceof HTMLElement && node.classList.contains(chipClass);
}

/** The chip that an event happened in. */
export function chipAt(target: EventTarget | null): HTMLElement | null {
  return target instanceof Element ? target.closest<HTMLElement>(`.${chipClass}`) : null;
}

export function partOf(chip: HTMLElement): ReferencePart {
  return JSON.parse(chip.dataset['part'] ?? 'null') as ReferencePart;
}

/** What stands in the editor, or in a piece of it that is copied. */
export function read(root: Node): ContentPart[] {
  const parts: ContentPart[] = [];
  const say = (text: string): void => {
    const last = parts.at(-1);
    if (text === '') return;
    if (last?.type === 'text') parts[parts.length - 1] = { type: 'text', text: last.text + text };
    else parts.push({ type: 'text', text });
  };
  const visit = (node: Node): void => {
    if (node instanceof Text) say(node.data);
    else if (isChip(node)) parts.push(partOf(node));
    else if (node instanceof HTMLBRElement) say(node.dataset['role'] === fillerName ? '' : '\n');
    else {
      // A browser may wrap lines in blocks, e.g. after a drop.
      if (node !== root && node instanceof HTMLDivElement && parts.length > 0) say('\n');
      for (const child of node.childNodes) visit(child);
    }
  };
  visit(root);
  return parts;
}

export function plainTextOf(content: Content, references: References): string {
  return content
    .map((part) => (part.type === 'text' ? part.text : lookOf(part, references).text))
    .join('');
}

/** The selection, where it lies in the editor. */
export function rangeIn(root: HTMLElement): Range | null {
  const selection = getSelection();
  if (selection === null || selection.rangeCount === 0) return null;
  const range = selection.getRangeAt(0);
  return root.contains(range.commonAncestorContainer) ? range : null;
}

/** Puts nodes in place of the selection, and the caret behind them. */
export function insertNodes(root: HTMLElement, nodes: readonly Node[], at?: Range): void {
  const range = at ?? rangeIn(root) ?? endOf(root);
  range.deleteContents();
  const fragment = root.ownerDocument.createDocumentFragment();
  fragment.append(...nodes);
  const last = fragment.lastChild;
  range.insertNode(fragment);
  if (last === null) return;
  if (last instanceof Text) range.setStart(last, last.data.length);
  else range.setStartAfter(last);
  range.collapse(true);
  select(range);
  keepFiller(root);
}

export function endOf(root: HTMLElement): Range {
  const range = root.ownerDocument.createRange();
  const last = root.lastChild;
  if (last instanceof HTMLBRElement) range.setStartBefore(last);
  else range.setStart(root, root.childNodes.length);
  return range;
}

export function select(range: Range): void {
  const selection = getSelection();
  selection?.removeAllRanges();
  selection?.addRange(range);
}

/** The chip right before or after a caret, which Backspace or Delete takes away whole. */
export function chipBeside(range: Range, side: 'before' | 'after'): HTMLElement | null {
  if (!range.collapsed) return null;
  const { startContainer: node, startOffset: offset } = range;
  if (node instanceof Text) {
    const isAtEdge = side === 'before' ? offset === 0 : offset === node.data.length;
    const next = side === 'before' ? node.previousSibling : node.nextSibling;
    return isAtEdge && isChip(next) ? next : null;
  }
  const next = node.childNodes[side === 'before' ? offset - 1 : offset];
  // Empty texts are left behind by deletions.
  if (next instanceof Text && next.data === '') {
    const beyond = side === 'before' ? next.previousSibling : next.nextSibling;
    return isChip(beyond) ? beyond : null;
  }
  return isChip(next) ? next : null;
}

/** The word that a menu completes: `@` or `/` and what follows, with its range. */
export interface Trigger {
  readonly sign: '@' | '/';
  readonly query: string;
  readonly range: Range;
}

/** @param canAskTemplate `/` counts only at the start of an otherwise empty turn */
export function triggerBefore(root: HTMLElement, canAskTemplate: boolean): Trigger | null {
  const range = rangeIn(root);
  if (range === null || !range.collapsed || !(range.startContainer instanceof Text)) return null;
  const text = range.startContainer;
  const before = text.data.slice(Math.max(0, range.startOffset - 60), range.startOffset);
  const found = /(?:^|[^\p{L}\p{N}])(@)([\p{L}\p{N}_.-]*(?: [\p{L}\p{N}_.-]+)?)$/u.exec(before);
  const asked = canAskTemplate ? /^(\/)(\S*)$/u.exec(before) : null;
  const match = asked ?? found;
  if (match === null) return null;
  const query = match[2] ?? '';
  const start = range.startOffset - query.length - 1;
  const whole = root.ownerDocument.createRange();
  whole.setStart(text, start);
  whole.setEnd(text, range.startOffset);
  return { sign: match[1] === '/' ? '/' : '@', query, range: whole };
}
