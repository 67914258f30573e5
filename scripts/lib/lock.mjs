import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from './paths.mjs';

const lockPath = join(root, '.cache', 'setup.lock');

function tryTake() {
  try {
    writeFileSync(lockPath, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/** The process that holds the lock, or undefined when it is gone. */
function liveHolder() {
  try {
    const pid = Number(readFileSync(lockPath, 'utf8'));
    if (!Number.isInteger(pid) || pid <= 0) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    return error.code === 'EPERM' ? -1 : undefined;
  }
}

/** Two commands started at once must not install or build into each other. */
export async function withSetupLock(work) {
  mkdirSync(join(root, '.cache'), { recursive: true });
  let said = false;
  while (!tryTake()) {
    const holder = liveHolder();
    if (holder === undefined) {
      // Its writer may still be between creating the file and writing its number into it.
      await sleep(200);
      if (liveHolder() === undefined) rmSync(lockPath, { force: true });
      continue;
    }
    if (!said) console.error(`Waiting for another set-up (process ${holder}) …`);
    said = true;
    await sleep(250);
  }
  try {
    return await work();
  } finally {
    rmSync(lockPath, { force: true });
  }
}
