// `npm run bench`: the engine by the command line's own `bench`, then the window in Chromium
// (tests/bench). With --json one document. `--no-window` and `--tasks` leave the window out.
import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { cliBundle, root, toolNode } from './lib/paths.mjs';
import { runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

/** What a program prints on standard output; the rest goes to the terminal. */
function outputOf(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(toolNode(), args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (piece) => (text += piece));
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0 ? resolve(text) : reject(new Error(`${args[0]} ended with ${code}.`)),
    );
  });
}

/** Each prints one line of JSON: `{ bench, … }`, or `{ bench, skipped }` with the reason. */
async function windowReports() {
  const folder = join(root, 'tests', 'bench');
  const reports = [];
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.bench.ts'))) {
    reports.push(JSON.parse(await outputOf([join(folder, name)])));
  }
  return reports;
}

/** Nested figures as lines `name.name  value`. */
function* lines(value, path) {
  if (typeof value !== 'object' || value === null) yield `  ${path.padEnd(40)} ${value}`;
  else
    for (const [name, one] of Object.entries(value))
      yield* lines(one, path ? `${path}.${name}` : name);
}

await runMain(async () => {
  const args = process.argv.slice(2);
  const withWindow = !args.includes('--no-window') && !args.includes('--tasks');
  const engineArgs = args.filter((arg) => arg !== '--no-window');
  await setup({ quiet: true });
  const engine = await outputOf([cliBundle, 'bench', ...engineArgs]);
  if (!args.includes('--json')) process.stdout.write(engine);
  const window = withWindow ? await windowReports() : [];
  if (args.includes('--json')) {
    console.log(JSON.stringify({ ...JSON.parse(engine), window }, null, 2));
    return 0;
  }
  for (const { bench, ...figures } of window) {
    console.log([`\nwindow: ${bench}`, ...lines(figures, '')].join('\n'));
  }
  return 0;
});
