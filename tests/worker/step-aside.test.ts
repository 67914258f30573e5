import { spawnSync } from 'node:child_process';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src-main/base/package-root.ts';

test('a process that steps aside comes after those that did not', () => {
  const entry = join(packageRoot(), 'src-main', 'worker', 'step-aside.ts');
  const script = `
    import { getPriority } from 'node:os';
    import { stepAside } from ${JSON.stringify(entry)};
    stepAside();
    console.log(getPriority());`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  const expected = Math.max(getPriority(), constants.priority.PRIORITY_BELOW_NORMAL);
  expect(Number(stdout)).toBe(expected);
});
