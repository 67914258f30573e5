/** Finds words that a person would read in the sources of the window, so that none hides from translation. */
import { parse } from 'svelte/compiler';

export interface FoundWords {
  readonly line: number;
  readonly words: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

/** Attributes and properties that are shown or read aloud. */
const spokenNames = new Set([
  ...['alt', 'title', 'placeholder', 'label', 'text', 'hint', 'meaning', 'words', 'description'],
  ...['detail', 'caption', 'error', 'unit', 'scope', 'body', 'count', 'message', 'problem'],
  ...['aria-label', 'aria-description', 'aria-roledescription', 'aria-valuetext'],
]);

/** What takes texts that no person reads: selectors, addresses, the names of things. */
const silentCalls =
  /^(querySelector(All)?|closest|matches|matchMedia|getElementById|Error|execCommand|call|on|includes|startsWith)$/;
/** What takes a noun that is shown, however short. */
const speakingCalls = /^(formatQuantity|plural)$/;
/** The name of the program is the same in every language. */
const productName = /^\s*·?\s*Lensmith\s*$/;
/** Properties whose strings are keys of the keyboard, or go to the core, whose words are not the window's. */
const silentProperties = new Set(['keys', 'act', 'type', 'accept', 'id', 'code', 'value']);
const keyNames =
  /^((Mod|Shift|Alt|Ctrl)\+.*|Arrow\w+|Page\w+|Home|End|Enter|Escape|Delete|Backspace|Space|Tab|F\d+)$/;

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

const hasLetters = (text: string): boolean => /\p{L}{2}/u.test(text) && !productName.test(text);

/** In code, where most strings are names: those that look like speech. */
const looksSpoken = (text: string): boolean =>
  hasLetters(text) &&
  !keyNames.test(text) &&
  (/^\p{Lu}\p{Ll}/u.test(text.trim()) || /[\p{L},] \p{L}/u.test(text));

/** @param path  ends with .svelte for a component; anything else is TypeScript */
export function findWords(path: string, source: string): FoundWords[] {
  const isComponent = path.endsWith('.svelte');
  const open = '<script lang="ts">';
  const text = isComponent ? source : `${open}${source}</script>`;
  const ast = parse(text, { modern: true }) as unknown as Record<string, unknown>;
  const finder = new Finder();
  finder.markup(ast['fragment'], []);
  for (const part of ['instance', 'module']) finder.code(ast[part], []);
  return finder.found.map(({ at, words }) => ({
    line: text.slice(0, at).split('\n').length,
    words: words.trim().replaceAll(/\s+/g, ' '),
  }));
}

class Finder {
  readonly found: { readonly at: number; readonly words: string }[] = [];

  #add(node: Node, words: string): void {
    this.found.push({ at: node.start, words });
  }

  /** What is drawn. */
  markup(value: unknown, above: readonly Node[]): void {
    if (Array.isArray(value)) {
      for (const one of value) this.markup(one, above);
      return;
    }
    if (!isNode(value)) {
      if (typeof value === 'object' && value !== null) this.#each(value, above);
      return;
    }
    if (value.type === 'Text') {
      if (hasLetters(String(value['data']))) this.#add(value, String(value['data']));
    } else if (value.type === 'ExpressionTag') this.#shown(value['expression'], [value]);
    else if (value.type === 'Attribute') this.#attribute(value, above);
    else if (!/^(Comment|StyleDirective|ClassDirective)$/.test(value.type)) {
      this.#each(value, [...above, value]);
    }
  }

  #each(value: object, above: readonly Node[]): void {
    for (const [name, inner] of Object.entries(value)) {
      if (name === 'metadata' || name === 'loc' || name === 'parent') continue;
      if (isNode(inner) && /Expression|Function|Literal/.test(inner.type)) this.code(inner, above);
      else this.markup(inner, above);
    }
  }

  #attribute(node: Node, above: readonly Node[]): void {
    const name = String(node['name']);
    const owner = above.findLast(({ type }) => /^(Component|RegularElement)$/.test(type));
    const isTag = owner?.type === 'RegularElement';
    const isShown = isTag
      ? name !== 'scope' && spokenNames.has(name)
      : name === 'name' || spokenNames.has(name);
    const values = Array.isArray(node['value']) ? node['value'] : [node['value']];
    for (const value of values.filter(isNode)) {
      if (value.type === 'Text') {
        if (isShown && hasLetters(String(value['data']))) this.#add(value, String(value['data']));
      } else if (isShown) this.#shown(value['expression'], [node]);
      else this.code(value['expression'], [node]);
    }
  }

  /** An expression whose value is shown: every string in it but names that are looked up or compared. */
  #shown(value: unknown, above: readonly Node[]): void {
    this.#strings(value, above, hasLetters);
  }

  /** Code: strings that look like speech. */
  code(value: unknown, above: readonly Node[]): void {
    this.#strings(value, above, looksSpoken);
  }

  #strings(value: unknown, above: readonly Node[], counts: (text: string) => boolean): void {
    if (Array.isArray(value)) {
      for (const one of value) this.#strings(one, above, counts);
      return;
    }
    if (!isNode(value) || isSilent(value, above)) return;
    if (value.type === 'Literal' && typeof value['value'] === 'string') {
      const words = value['value'];
      if (counts(words) || (isSpokenProperty(above) && hasLetters(words))) this.#add(value, words);
      return;
    }
    if (value.type === 'TemplateElement') {
      const words = (value['value'] as { cooked: string }).cooked;
      const isPhrase = /\p{L}{2} $|^ \p{L}{2}/u.test(words) && words.trim() !== 'px';
      if (counts(words) || isPhrase || (isSpokenProperty(above) && hasLetters(words))) {
        this.#add(value, words);
      }
      return;
    }
    if (value.type === 'CallExpression' && speakingCalls.test(calleeOf(value))) {
      this.#strings(value['arguments'], above, hasLetters);
      return;
    }
    const next = [...above, value];
    for (const [name, inner] of Object.entries(value)) {
      if (['metadata', 'loc', 'parent', 'typeAnnotation', 'typeParameters'].includes(name))
        continue;
      const isName = name === 'key' || (name === 'property' && value.type === 'MemberExpression');
      if (!isName) this.#strings(inner, next, counts);
    }
  }
}

function isSpokenProperty(above: readonly Node[]): boolean {
  const property = above.findLast(({ type }) => type !== 'TemplateLiteral');
  if (property?.type !== 'Property') return false;
  return spokenNames.has(nameOf(property['key']));
}

function isSilent(node: Node, above: readonly Node[]): boolean {
  const parent = above.at(-1);
  if (/^(Import|Export(All|Named))Declaration$|^TS(?!As|NonNull|Satisfies)/.test(node.type)) {
    return node.type !== 'ExportNamedDeclaration';
  }
  if (node.type !== 'Literal' && node.type !== 'TemplateLiteral') return isCallOfSilent(node);
  if (parent?.type === 'BinaryExpression') return !['+', '??'].includes(String(parent['operator']));
  if (parent?.type === 'SwitchCase') return true;
  return above.some((one) => one.type === 'Property' && silentProperties.has(nameOf(one['key'])));
}

function isCallOfSilent(node: Node): boolean {
  if (node.type !== 'CallExpression' && node.type !== 'NewExpression') return false;
  return silentCalls.test(calleeOf(node));
}

function calleeOf(node: Node): string {
  const { callee } = node;
  if (!isNode(callee)) return '';
  return callee.type === 'MemberExpression' ? nameOf(callee['property']) : nameOf(callee);
}

const nameOf = (node: unknown): string =>
  isNode(node) ? String(node['name'] ?? node['value'] ?? '') : '';
