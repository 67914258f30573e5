/** Test files, run once more by a Vitest of their own on another Vulkan driver. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, toolScript } from '../../scripts/lib/paths.mjs';

export interface DriverStart {
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
}

export interface FileOutcome {
  readonly passed: number;
  /** Titles, with the first lines of what went wrong. */
  readonly failures: readonly string[];
}

interface JsonReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/**
 * The cases on the graphics device of some test files.
 * @param files relative to tests/
 * @returns outcomes by the names in `files`; a file that did not run to its end has a failure
 */
export async function runOnDriver(
  { node, env }: DriverStart,
  files: readonly string[],
): Promise<ReadonlyMap<string, FileOutcome>> {
  const folder = mkdtempSync(join(tmpdir(), 'lensmith-driver-'));
  const path = join(folder, 'report.json');
  try {
    const report = ['--reporter=json', `--outputFile=${path}`];
    // The Vitest around this one has the other core.
    const args = ['run', '--maxWorkers=1', '--testNamePattern=vulkan', ...report];
    const output = await runVitest(node, [...args, ...files.map((name) => `tests/${name}`)], env);
    return outcomesOf(readReport(path), files, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it printed. */
async function runVitest(
  node: string,
  args: readonly string[],
  env: DriverStart['env'],
): Promise<string> {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|LENSMITH_TEST_)/.test(name) && name !== 'NODE_OPTIONS',
  );
  const child = spawn(node, [toolScript('vitest/vitest.mjs'), ...args], {
    cwd: root,
    env: {
      ...Object.fromEntries(own),
      ...env,
      // Not to find the driver is a failure here.
      REQUIRE_VULKAN: '1',
      LENSMITH_TEST_FURTHER_DRIVER: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  await once(child, 'close');
  return output;
}

function readReport(path: string): JsonReport {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JsonReport;
  } catch {
    return { testResults: [] };
  }
}

function outcomesOf(
  report: JsonReport,
  files: readonly string[],
  output: string,
): Map<string, FileOutcome> {
  const outcomes = new Map<string, FileOutcome>();
  for (const name of files) {
    const result = report.testResults.find((one) => one.name.endsWith(`/tests/${name}`));
    const cases = result?.assertionResults ?? [];
    const failures = cases
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) => `${fullName}: ${shortened(failureMessages ?? [])}`);
    // Such ones are left where the driver ended the process.
    const unfinished = cases.filter(
      ({ status }) => !['passed', 'failed', 'skipped'].includes(status),
    );
    for (const { fullName } of unfinished) failures.push(`${fullName}: it did not end`);
    if (result === undefined) failures.push(`it did not run: ${output.slice(-2000)}`);
    else if (result.status !== 'passed' && failures.length === 0) {
      failures.push(`it failed: ${result.message}`);
    }
    const passed = cases.filter(({ status }) => status === 'passed').length;
    outcomes.set(name, { passed, failures });
  }
  return outcomes;
}

function shortened(messages: readonly string[]): string {
  return messages.join('\n').split('\n').slice(0, 4).join('\n');
}
