/** Which modules a LoRA config names, and with which rank and scale each. */
import { LensmithError } from '../../base/errors.ts';
import { fullMatchAll } from './module-pattern.ts';
import { classicModulePath } from './module-names.ts';
import type { LoraConfig } from './peft-config.ts';

export interface LoraTarget {
  readonly rank: number;
  readonly alpha: number;
  /** What B·A·x is multiplied by: alpha / rank, or alpha / sqrt(rank) with rsLoRA. */
  readonly scale: number;
}

/**
 * The targets among a model's linear modules, by PEFT's rules: a list names
 * modules or the last parts of their paths; a text is a pattern for the whole
 * path (`all-linear`: every one but the output head); excludeModules,
 * layersToTransform and modulesToSave, inside of which no adapter stands, narrow it; the first key of a pattern table that matches the
 * end of a path decides. When nothing matches, the classic names are tried, for
 * which older files wrote their patterns.
 * @param linearPaths canonical paths of the modules that may carry an adapter
 * @returns in the order of `linearPaths`; empty when none matches
 * @throws formats/bad-pattern, formats/pattern-too-slow
 */
export function resolveLoraTargets(
  config: LoraConfig,
  linearPaths: readonly string[],
): Map<string, LoraTarget> {
  const classic = linearPaths.map(classicModulePath);
  let chosen = chooseTargets(config, linearPaths);
  if (!chosen.includes(true)) chosen = chooseTargets(config, classic);
  const ranks = firstMatches(config.rankPattern, linearPaths, classic);
  const alphas = firstMatches(config.alphaPattern, linearPaths, classic);
  const targets = new Map<string, LoraTarget>();
  for (const [i, path] of linearPaths.entries()) {
    if (chosen[i] !== true) continue;
    const rank = ranks[i] ?? config.rank;
    const alpha = alphas[i] ?? config.alpha;
    targets.set(path, { rank, alpha, scale: loraScale(config, rank, alpha) });
  }
  return targets;
}

export function loraScale(
  config: Pick<LoraConfig, 'useRslora'>,
  rank: number,
  alpha: number,
): number {
  return alpha / (config.useRslora ? Math.sqrt(rank) : rank);
}

function chooseTargets(config: LoraConfig, paths: readonly string[]): boolean[] {
  const { targetModules, excludeModules } = config;
  const chosen =
    typeof targetModules === 'string' && targetModules.toLowerCase() === 'all-linear'
      ? paths.map((path) => !/(^|\.)lm_head$/.test(path))
      : matchNames(targetModules, paths);
  const excluded = excludeModules === undefined ? [] : matchNames(excludeModules, paths);
  const inLayers = chooseLayers(config, paths);
  return chosen.map(
    (is, i) =>
      is &&
      excluded[i] !== true &&
      inLayers[i] !== false &&
      !isInsideSaved(config, paths[i] as string),
  );
}

/** Whether a module lies in one that modules_to_save names in full, and so carries no adapter. */
export function isInsideSaved(config: Pick<LoraConfig, 'modulesToSave'>, path: string): boolean {
  return config.modulesToSave.some((name) => `.${path}.`.includes(`.${name}.`));
}

/**
 * modules_to_save goes by ends of paths as well, but not by whole names, as in PEFT: `norm` is every
 * module that ends so. A module's inside belongs to it.
 */
export function isSavedWhole(
  config: Pick<LoraConfig, 'modulesToSave'>,
  parameter: string,
): boolean {
  const parts = parameter.split('.');
  const modules = parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
  return modules.some((path) => config.modulesToSave.some((name) => path.endsWith(name)));
}

function matchNames(names: readonly string[] | string, paths: readonly string[]): boolean[] {
  if (typeof names === 'string') return fullMatchAll(names, paths);
  return paths.map((path) => names.some((name) => path === name || path.endsWith(`.${name}`)));
}

/** layersToTransform counts in lists of layers; a module outside of any list is no target then. */
function chooseLayers(config: LoraConfig, paths: readonly string[]): boolean[] {
  const { layersToTransform, layersPattern, targetModules } = config;
  if (layersToTransform === undefined) return [];
  if (typeof targetModules === 'string') {
    throw new LensmithError(
      'formats/peft-bad-config',
      'layers_to_transform goes with a list of target_modules, not with a pattern.',
      { got: targetModules, hint: 'Name the layers inside the pattern.' },
    );
  }
  return paths.map((path) => {
    const parts = path.split('.');
    const lists = layersPattern ?? [];
    // The last index counts, as the reference's greedy pattern finds it.
    const at = parts.findLastIndex(
      (part, i) =>
        i >= 2 &&
        i < parts.length - 1 &&
        /^\d+$/.test(part) &&
        (lists.length === 0 || lists.includes(parts[i - 1] ?? '')),
    );
    return at >= 0 && layersToTransform.includes(Number(parts[at]));
  });
}

/** For each path the value of the first key that matches one of its names, or a name's end after a dot. */
function firstMatches(
  table: Readonly<Record<string, number>>,
  paths: readonly string[],
  classic: readonly string[],
): (number | undefined)[] {
  const found: (number | undefined)[] = paths.map(() => undefined);
  for (const [key, value] of Object.entries(table)) {
    const matches = fullMatchAll(`(?:.*\\.)?(?:${key})`, [...paths, ...classic]);
    for (const i of paths.keys()) {
      if (matches[i] === true || matches[paths.length + i] === true) found[i] ??= value;
    }
  }
  return found;
}
