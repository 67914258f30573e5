// `npm run test:newcomer [-- --only demo|test]`: what a person with a bare machine does. Clones the
// committed state into an empty folder, runs the README's two commands there with an environment
// that holds nothing of this checkout, and fails on any step that they leave to the person.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/lib/paths.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, keep: { type: 'boolean', default: false } },
});
const folder = mkdtempSync(join(tmpdir(), 'lensmith-newcomer-'));
const home = join(folder, 'home');
const clone = join(folder, 'lensmith');

/** How this machine reaches the package registry; everything else of the environment is dropped. */
const networkNames =
  /^(https?_proxy|no_proxy|npm_config_(registry|https?_proxy|proxy|cafile)|node_extra_ca_certs|ssl_cert_(file|dir))$/i;
const env = {
  PATH: (process.env.PATH ?? '')
    .split(delimiter)
    .filter((path) => !path.startsWith(root))
    .join(delimiter),
  HOME: home,
  TMPDIR: folder,
  CI: 'true',
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => networkNames.test(name))),
};

function run(command, args, cwd = clone) {
  console.log(`\n$ ${command} ${args.join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
      output += text;
      process.stdout.write(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      output += text;
      process.stderr.write(text);
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, output }));
  });
}

const problems = [];
function expect(condition, problem) {
  if (!condition) problems.push(problem);
}

async function demo() {
  const { code, output } = await run('npm', ['run', 'demo']);
  expect(code === 0, `npm run demo ended with ${code}`);
  expect(/\d\s?%/.test(output), 'npm run demo printed no accuracy');
}

async function test() {
  const { code, output } = await run('npm', ['test']);
  expect(code === 0, `npm test ended with ${code}`);
  const lastLine = output.trimEnd().split('\n').at(-1) ?? '';
  expect(/^[1-9]\d* passed, 0 failed$/.test(lastLine), `npm test ended with '${lastLine}'`);
}

async function commandLine() {
  const { code, stdout } = await run('npm', ['run', '-s', 'lensmith', '--', 'doctor', '--json']);
  expect(code === 0, `lensmith doctor ended with ${code}`);
  try {
    JSON.parse(stdout);
  } catch {
    problems.push('lensmith doctor --json printed something that is not one JSON document');
  }
}

async function tidiness() {
  const status = await run('git', ['status', '--porcelain']);
  expect(status.stdout === '', 'the commands changed tracked files or left unignored ones behind');
  const again = await run('npm', ['run', '-s', 'setup']);
  expect(again.output === '', 'a second set-up did work that the first should have finished');
}

const commands = { demo, test };

try {
  mkdirSync(home);
  const cloned = await run('git', ['clone', '--quiet', `file://${root}`, clone], folder);
  if (cloned.code !== 0) throw new Error('git clone failed');
  expect(!readdirSync(clone).includes('node_modules'), 'the clone carries node_modules');
  for (const [name, command] of Object.entries(commands)) {
    if (values.only !== undefined && values.only !== name) continue;
    const startMs = Date.now();
    await command();
    console.log(`\n${name}: ${Math.round((Date.now() - startMs) / 1000)} s`);
  }
  await commandLine();
  await tidiness();
} finally {
  if (values.keep) console.log(`kept: ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
for (const problem of problems) console.error(`newcomer: ${problem}`);
console.log(problems.length === 0 ? '\n1 passed, 0 failed' : '\n0 passed, 1 failed');
process.exitCode = problems.length === 0 ? 0 : 1;
