import { dirname, relative, resolve } from 'node:path';
import { addonLoader, layerOf, layers } from '../layers.mjs';
import { root } from './paths.mjs';

function inRepository(path) {
  return relative(root, path).replaceAll('\\', '/');
}

/** The complaint about an import of `source` in `file` (path in the repository), or undefined. */
export function importProblem(file, source) {
  if (source === 'electron' || source.startsWith('electron/')) {
    return /^(src-main|tests)\/electron\//.test(file)
      ? undefined
      : "Only src-main/electron imports 'electron'.";
  }
  if (!source.startsWith('.')) {
    return file.startsWith('src-renderer/') && source.startsWith('node:')
      ? 'The renderer runs in a browser, which has no Node.'
      : undefined;
  }
  const target = inRepository(resolve(root, dirname(file), source));
  if (file.startsWith('src-renderer/')) {
    return target.startsWith('src-renderer/') || target.startsWith('src-main/ipc/contract/')
      ? undefined
      : 'The renderer imports nothing of src-main but ipc/contract.';
  }
  if (!file.startsWith('src-main/')) return undefined;
  const layer = layerOf(file.slice('src-main/'.length));
  if (layer === undefined) return 'This file is in no layer of scripts/layers.mjs.';
  const targetLayer = target.startsWith('src-main/')
    ? layerOf(target.slice('src-main/'.length))
    : undefined;
  if (targetLayer === undefined) return `'${source}' is in no layer of scripts/layers.mjs.`;
  return targetLayer === layer || layers.get(layer)?.has(targetLayer)
    ? undefined
    : `${layer} may not import ${targetLayer}: imports go downwards only (scripts/layers.mjs).`;
}

const loaderMessage = `Only ${addonLoader} loads the native addon.`;

const rule = {
  meta: { type: 'problem', schema: [], messages: { layer: '{{text}}' } },
  create(context) {
    const file = inRepository(context.filename);
    const report = (node, text) => context.report({ node, messageId: 'layer', data: { text } });
    const checkSource = (node) => {
      if (typeof node?.value !== 'string') return;
      const text = importProblem(file, node.value);
      if (text) report(node, text);
    };
    const visitor = {
      ImportDeclaration: (node) => checkSource(node.source),
      ExportNamedDeclaration: (node) => checkSource(node.source),
      ExportAllDeclaration: (node) => checkSource(node.source),
      ImportExpression: (node) => checkSource(node.source),
      TSImportType: (node) => checkSource(node.source ?? node.argument?.literal),
    };
    if (!file.startsWith('src-main/') || file === addonLoader) return visitor;
    const isAddon = (text) => typeof text === 'string' && text.endsWith('.node');
    return {
      ...visitor,
      Literal: (node) => isAddon(node.value) && report(node, loaderMessage),
      TemplateElement: (node) => isAddon(node.value.cooked) && report(node, loaderMessage),
      'MemberExpression[object.name="process"][property.name="dlopen"]': (node) =>
        report(node, loaderMessage),
      'ImportSpecifier[imported.name="createRequire"]': (node) =>
        report(node, `${loaderMessage} Elsewhere use import() or import.meta.resolve().`),
    };
  },
};

/** The ESLint plugin `lensmith` with its one rule, `layers`. */
export const layersPlugin = { rules: { layers: rule } };
