/** What the core may say to a person, read from its sources: sentences with `{}` for each value in them. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface CorePhrase {
  readonly phrase: string;
  readonly place: string;
}

/** What never reaches a window: mistakes of the program, and words of the command line. */
const internal = /^(autograd|tensor|nn|cli|ipc|electron|server)\/|^app\/(bench|demo|doctor)\//;

export function corePhrases(root: string): CorePhrase[] {
  return globSync('**/*.ts', { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !internal.test(path))
    .sort()
    .flatMap((path) => phrasesOfFile(path, readFileSync(join(root, path), 'utf8')));
}

/** Errors with their hints, names of acts, what a job is called and at, and what a format cannot hold. */
export function phrasesOfFile(path: string, text: string): CorePhrase[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: CorePhrase[] = [];
  const add = (node: ts.Node | undefined): void => {
    if (node === undefined) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    for (const phrase of spoken(node, source)) found.push({ phrase, place: `${path}:${line}` });
  };
  const visit = (node: ts.Node): void => {
    if (
      ts.isNewExpression(node) &&
      /^(LensmithError|RecordFault)$/.test(node.expression.getText())
    ) {
      add(node.arguments?.[1]);
      add(propertyOf(node.arguments?.[2], 'hint'));
    } else if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const name = node.expression.name.text;
      const owner = node.expression.expression.getText();
      if (owner.endsWith('journal') && /^edit/.test(name)) add(node.arguments[1]);
      if (name === 'start' && owner.endsWith('jobs')) add(propertyOf(node.arguments[0], 'title'));
      if (name === 'startProjectJob') add(propertyOf(node.arguments.at(-1), 'title'));
      if (name === 'progress') add(propertyOf(node.arguments[0], 'note'));
      if (name === 'say') add(node.arguments[0]);
      if (owner === 'faults' && /^(push|add)$/.test(name)) add(node.arguments[0]);
    } else if (
      ts.isCallExpression(node) &&
      /^(report|onNote|progress)$/.test(node.expression.getText())
    ) {
      add(propertyOf(node.arguments[0], 'note') ?? node.arguments[0]);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found.filter(({ phrase }) => /\p{L}{2}/u.test(phrase.replaceAll('{}', '')));
}

function propertyOf(node: ts.Node | undefined, name: string): ts.Node | undefined {
  if (node === undefined || !ts.isObjectLiteralExpression(node)) return undefined;
  for (const property of node.properties) {
    if (property.name?.getText() !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

/** Every sentence that an expression may come to; what is computed elsewhere is a gap. */
function spoken(node: ts.Node, source: ts.SourceFile): string[] {
  if (ts.isStringLiteralLike(node)) return [node.text];
  if (ts.isParenthesizedExpression(node) || ts.isAsExpression(node)) {
    return spoken(node.expression, source);
  }
  if (ts.isConditionalExpression(node)) {
    return [node.whenTrue, node.whenFalse].flatMap((branch) => spoken(branch, source));
  }
  if (ts.isTemplateExpression(node)) {
    return node.templateSpans.reduce(
      (starts, { expression, literal }) =>
        join2(
          starts,
          spoken(expression, source).map((text) => text + literal.text),
        ),
      [node.head.text],
    );
  }
  if (ts.isBinaryExpression(node) && !ts.isNumericLiteral(node.right)) {
    const [left, right] = [spoken(node.left, source), spoken(node.right, source)];
    return node.operatorToken.kind === ts.SyntaxKind.PlusToken
      ? join2(left, right)
      : [...left, ...right];
  }
  if (ts.isIdentifier(node)) return constant(node, source) ?? ['{}'];
  return ['{}'];
}

const join2 = (starts: readonly string[], ends: readonly string[]): string[] =>
  starts.flatMap((start) => ends.map((end) => start + end));

/** What a `const` of the same file and function holds. */
function constant({ text }: ts.Identifier, source: ts.SourceFile): string[] | undefined {
  const found: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && node.name.getText() === text && node.initializer) {
      const { initializer } = node;
      if (/^['"`]|\?|^\(/.test(initializer.getText()) && !initializer.getText().includes('=>')) {
        found.push(initializer);
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  const sentences = found.flatMap((node) => spoken(node, source));
  return sentences.length === 0 ? undefined : sentences;
}
