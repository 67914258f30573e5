/** Every word of the window stands in a catalogue, is translated, and is used. */
import { globSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findWords } from './find-words.ts';

const root = join(import.meta.dirname, '..', '..', '..', 'src-renderer');

const sources = globSync('**/*.{ts,svelte}', { cwd: root })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => !path.includes('/texts/'))
  .sort();

/** What is not translated: names of things that are called the same everywhere, and where they stand. */
const names: Readonly<Record<string, RegExp>> = {
  'ui/key-chords.ts': /^(Mod|Alt|Shift|Ctrl|Esc|Del|PgUp|PgDn)$/,
  'ui/language.svelte.ts': /^(English|Deutsch)$/,
  // Units of time are written alike.
  'ui/format.ts': /^(ms|min)$/,
  'features/settings/GeneralPage.svelte': /^ffmpeg$/,
  'api/client.ts': /^CommandError$/,
  // Fonts and colours, as style sheets write them.
  'canvas/paint/marks.ts': /^500 11px$/,
  'canvas/paint/tags.ts': /^600 11px$/,
  'canvas/theme.ts': /^system-ui, sans-serif$/,
  'charts/plot-options.ts': /^color-mix|transparent\)$/,
  'features/conversations/ImportDialog.svelte': /^\/data/,
  'features/conversations/TokenView.svelte': /^id$/,
  // Acts as the undo menu names them are kept with the project, in one language; so are joints.
  'features/annotate/MarkClipboard.svelte': /^Paste$/,
  'features/annotate/canvas-menu.ts': /^Paste$/,
  'features/annotate/MarkDetails.svelte': /^(Write on|Set)$/,
  'features/annotate/drafts.ts': /^Accept$/,
  'features/annotate/load-picture.ts': /^(The picture is no longer wanted\.|AbortError|HTTP)$/,
  'features/annotate/prompting.svelte.ts': /^Accept outline$/,
  'features/annotate/shape-words.ts': /^(rotated box|mark)$/,
  'features/annotate/skeleton-presets.ts': /^(left|right|top|bottom) /,
  'features/annotate/workbench.svelte.ts': /^(Draw|Duplicate|Change|Lock|Unlock|Hide|Show|Label)$/,
  'features/annotate/video/acts.ts': /^/,
  'features/annotate/video/frame-loader.ts': /^HTTP$/,
  'features/evaluate/draft.svelte.ts': /^run$/,
  'features/train/SettingsDiff.svelte': /^(col|row)$/,
  'features/models/ProjectorColumn.svelte': /^bf16$/,
};

describe('the finder of words', () => {
  const found = (path: string, source: string): string[] =>
    findWords(path, source).map(({ words }) => words);

  it('sees what is drawn, said by attributes, and put together', () => {
    const component = `<script lang="ts">
      const names = { light: 'Light', id: 'light' };
      const count = \`\${n} files left\`;
      toasts.show('It is done.');
      const key = event.key === 'Not shown at all';
    </script>
    <p class="Not This One">Some words {n > 1 ? 'many' : ''}</p>
    <Button title="A title" name="Close" onclick={() => go('/place')}>{texts().go}</Button>
    <input name="field" placeholder="Your name" />
    <i aria-label={\`Remove \${name}\`}></i>`;
    expect(found('a.svelte', component)).toEqual([
      ...['Some words', 'many', 'A title', 'Close', 'Your name', 'Remove'],
      ...['Light', 'files left', 'It is done.'],
    ]);
  });

  it('passes by what no person reads', () => {
    const code = `import { a } from './a b.ts';
      const act: Shortcut = { id: 'x.y', keys: 'Mod+K', description: () => texts().go };
      document.querySelector('.one .two');
      type Side = 'Left' | 'Right';
      if (state === 'Some state') throw new Error('Not for people');`;
    expect(found('a.ts', code)).toEqual([]);
    expect(found('a.ts', `formatQuantity(n, 'image')`)).toEqual(['image']);
  });
});

it.each(sources)('%s has no words of its own', (path) => {
  const allowed = names[path];
  const found = findWords(path, readFileSync(join(root, path), 'utf8'))
    .filter(({ words }) => allowed?.test(words) !== true)
    .map(({ line, words }) => `${path}:${line}: ${words}`);
  expect(found).toEqual([]);
});

interface Catalogue {
  readonly [key: string]: unknown;
}

/** Entries that are spelt alike in both languages. */
const alike =
  /^(\P{L}*|\w*\.?\w+\(.*\)|English|Deutsch|Lensmith|Name|Video|Videos|Training|Checkpoint|Code|Token|Tokens|Thread|Threads|Loss|LoRA|QLoRA|Status|Text|Seed|Adapter|Batch|Export|Import|Projector|Rang|Alpha|Top-p|Top-k|Temperature|Prompt|System|Version|Label|Labels|Polygon|Segment|Moment|Frame|Tags|Tag|Filter|Median|Chat|Chats|Position|Format|Details|Datasets?|Test|Valid\.|Rate|Tokenizer|Dropout|Greedy|ShareGPT|ROUGE-L|ANLS|n|s|\/s|min|Name:)$/su;

/** Each entry by its path; functions by their source, which differs where their words do. */
function entries(texts: Catalogue, above = ''): [path: string, entry: string][] {
  return Object.entries(texts).flatMap(([key, value]): [string, string][] => {
    const path = above === '' ? key : `${above}.${key}`;
    if (typeof value === 'string') return [[path, value]];
    if (typeof value === 'function') return [[path, String(value)]];
    return entries(value as Catalogue, path);
  });
}

/** What an entry says itself; of a function what stands between the values. */
const saidBy = (entry: string): string =>
  (entry.includes('=>') ? entry.slice(entry.indexOf('=>') + 2) : entry)
    .replaceAll(/\$\{[^}]*\}|Lensmith|[`'"]/gu, '')
    .trim();

const catalogues = globSync('**/texts/en.ts', { cwd: root }).sort();

describe.each(catalogues)('%s', async (path) => {
  const load = async (name: string): Promise<Catalogue> => {
    const file = join(root, path, '..', `${name}.ts`);
    const module = (await import(pathToFileURL(file).href)) as Record<string, Catalogue>;
    return module[name] ?? {};
  };
  const [en, de] = await Promise.all([load('en'), load('de')]);

  it('is translated', () => {
    const german = new Map(entries(de));
    const same = entries(en)
      .filter(([key, entry]) => german.get(key) === entry && !alike.test(saidBy(entry)))
      .map(([key, entry]) => `${key}: ${entry}`);
    expect(same).toEqual([]);
  });

  it('has no entry that nobody uses', () => {
    const code = sources.map((source) => readFileSync(join(root, source), 'utf8')).join('\n');
    const unused = entries(en)
      .map(([key]) => key)
      .filter((key) => {
        const parts = key.split('.');
        const isSaid = (name: string): boolean =>
          new RegExp(`\\.${name}\\b|\\b${name}[,} ]`).test(code);
        // A group may be asked by a value: `texts().phases[phase]`.
        return !isSaid(parts.at(-1) ?? '') && !parts.slice(0, -1).some((name) => isSaid(name));
      });
    expect(unused).toEqual([]);
  });
});

it('counts every catalogue', () => {
  const folders = catalogues.map((path) => relative('', path).replace(/[/\\]texts.*$/, ''));
  expect(folders).toEqual(expect.arrayContaining(['shell', 'ui', 'features/settings']));
});
