import { createHash } from 'node:crypto';
import type { Plugin } from 'vite';

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/** Nothing that would end the element early may stand in what goes into it. */
function checked(text: string, tag: string): string {
  if (new RegExp(`</${tag}|<!--`, 'i').test(text)) {
    throw new Error(`The page's ${tag} holds text that would end its element.`);
  }
  return text.replaceAll('\r\n', '\n').trim();
}

/**
 * Puts a page's one script and one style sheet into the page, so that it opens from disk: a browser
 * loads no module from file://, and whether 'self' means anything there differs by browser. The
 * policy names the two by their hashes, which is narrower than 'self' and the same everywhere.
 */
export function inlinePage(): Plugin {
  return {
    name: 'lensmith:inline-page',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const files = Object.values(bundle);
      const pages = files.filter(({ fileName }) => fileName.endsWith('.html'));
      const scripts = files.filter((file) => file.type === 'chunk');
      const styles = files.filter(({ fileName }) => fileName.endsWith('.css'));
      const [page, script, style] = [pages[0], scripts[0], styles[0]];
      if (page?.type !== 'asset' || script === undefined || style?.type !== 'asset') {
        throw new Error(
          `A page needs a script and a style sheet, got ${Object.keys(bundle).join(', ')}.`,
        );
      }
      if (files.length !== 3) {
        throw new Error(
          `Not part of the page: ${files.map(({ fileName }) => fileName).join(', ')}`,
        );
      }
      const code = checked(script.code, 'script');
      const css = checked(String(style.source), 'style');
      const policy =
        `default-src 'none'; script-src ${sourceHash(code)}; style-src ${sourceHash(css)}; ` +
        `base-uri 'none'; form-action 'none'`;
      const head = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
      page.source = String(page.source)
        .replace(/\s*<script\b[^>]*\bsrc=[^>]*><\/script>/g, '')
        .replace(/\s*<link\b[^>]*\brel="(?:stylesheet|modulepreload)"[^>]*>/g, '')
        .replace(/(<meta charset[^>]*>)/, (tag) => `${tag}\n    ${head}`)
        .replace('</head>', () => `<style>${css}</style>\n  </head>`)
        .replace('</body>', () => `<script>${code}</script>\n  </body>`);
      delete bundle[script.fileName];
      delete bundle[style.fileName];
    },
  };
}
