// `npm start [-- PROJECT]`: the desktop app where it can run, else, and with `-- --serve`, the same
// app for a browser on this machine.
import { spawn } from 'node:child_process';
import { desktopProblem, findElectron } from './lib/electron.mjs';
import { coreBundle, root, toolNode } from './lib/paths.mjs';
import { runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';

/** Runs until the program ends; Ctrl+C reaches it from the terminal, and it decides. */
function runInteractive(command, args, env) {
  // npm runs scripts in the package's folder; paths on the command line are the caller's.
  const cwd = process.env.INIT_CWD ?? process.cwd();
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit' });
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

function startDesktop(args) {
  const env = { ...process.env, LENSMITH_NODE: toolNode() };
  delete env.ELECTRON_RUN_AS_NODE;
  return runInteractive(findElectron(), [root, ...args], env);
}

await runMain(async () => {
  const args = process.argv.slice(2);
  await setup({ quiet: true });
  if (args.includes('--serve')) return runInteractive(toolNode(), [coreBundle, ...args]);
  const problem = desktopProblem();
  if (problem === undefined) return startDesktop(args);
  console.error(`The desktop app cannot start: ${problem}. Serving it for a browser instead.`);
  return runInteractive(toolNode(), [coreBundle, '--serve', ...args]);
});
