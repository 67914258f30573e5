/**
 * The layers of src-main: what each may import, besides itself and `base`. A layer may also import
 * whatever its own imports may, so that "downwards only" is the whole rule. ESLint enforces it
 * (scripts/lib/eslint-layers.mjs); there is no list of exemptions.
 */
const direct = {
  base: [],
  tensor: [],
  autograd: ['tensor'],
  nn: ['autograd'],
  tokenizers: ['tensor'],
  formats: ['tensor'],
  models: ['nn', 'formats'], // formats: checkpoint loading reads weight files
  data: ['formats', 'tokenizers'],
  generation: ['models', 'tokenizers'],
  eval: ['generation', 'data'],
  training: ['eval'], // evaluation during training
  synthesis: ['generation', 'data'],
  media: [],
  'ipc/contract': [],
  store: ['ipc/contract'], // one parser of the filter language, for SQL and for chips
  'ipc/transport': ['ipc/contract'],
  app: ['training', 'synthesis', 'media', 'store', 'ipc/contract'],
};

/** Hosts put everything together; nothing below imports them. */
const hosts = ['cli', 'worker', 'server', 'electron'];

function closure(layer, seen = new Set([layer, 'base'])) {
  for (const below of direct[layer] ?? []) {
    if (seen.has(below)) continue;
    seen.add(below);
    closure(below, seen);
  }
  return seen;
}

const everything = new Set([...Object.keys(direct), ...hosts]);

/** Layer → the set of layers it may import. */
export const layers = new Map([
  ...Object.keys(direct).map((layer) => [layer, closure(layer)]),
  ...hosts.map((host) => [host, everything]),
]);

/** The layer of a file given by its path inside src-main, or undefined outside every layer. */
export function layerOf(path) {
  const [first = '', second = ''] = path.split('/');
  const name = first === 'ipc' ? `ipc/${second}` : first;
  return layers.has(name) ? name : undefined;
}

/** The one file that loads the native addon. */
export const addonLoader = 'src-main/tensor/native.ts';
