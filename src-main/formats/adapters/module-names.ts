/**
 * Module paths of LLaVA models in their generations. The canonical one is that
 * of the newer in-memory names: `model.language_model.layers.0.self_attn.q_proj`,
 * `model.vision_tower.encoder.layers.0…`, `model.multi_modal_projector.linear_1`,
 * `lm_head`. Names of other models pass unchanged.
 */
const generations: readonly (readonly [older: RegExp, canonical: string])[] = [
  [/^(?:model\.)?language_model\.lm_head(?=\.|$)/, 'lm_head'],
  [/^(?:model\.)?language_model\.model(?=\.|$)/, 'model.language_model'],
  [/^language_model(?=\.|$)/, 'model.language_model'],
  [/^(?:model\.)?vision_tower\.vision_model(?=\.|$)/, 'model.vision_tower'],
  [/^vision_tower(?=\.|$)/, 'model.vision_tower'],
  [/^multi_modal_projector(?=\.|$)/, 'model.multi_modal_projector'],
  [/^image_newline$/, 'model.image_newline'],
];

/** @param path of a module or a parameter, of any generation */
export function canonicalModulePath(path: string): string {
  for (const [older, canonical] of generations) {
    if (older.test(path)) return path.replace(older, canonical);
  }
  return path;
}

/** The same module as the classic generation calls it; patterns in older files were written for it. */
export function classicModulePath(path: string): string {
  if (/^lm_head(\.|$)/.test(path)) return `language_model.${path}`;
  return path
    .replace(/^model\.language_model(?=\.|$)/, 'language_model.model')
    .replace(/^model\.vision_tower(?=\.|$)/, 'vision_tower.vision_model')
    .replace(/^model\.(multi_modal_projector|image_newline)(?=\.|$)/, '$1');
}
