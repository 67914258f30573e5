import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'vite';
import type { TrainRequest } from '../../src-main/app/train/train-request.ts';

const root = resolve(import.meta.dirname, '..', '..');
const outDir = join(root, 'build', 'tests-training');

/** Bundles child.ts, as the command line is bundled: Node 20 does not parse its `using`. */
export async function buildChild(): Promise<string> {
  await build({
    configFile: false,
    root,
    logLevel: 'error',
    build: {
      ssr: join(import.meta.dirname, 'child.ts'),
      target: 'node20',
      outDir,
      emptyOutDir: false,
      rollupOptions: { output: { format: 'es', entryFileNames: 'child.mjs' } },
    },
  });
  return join(outDir, 'child.mjs');
}

export interface ChildEvent {
  readonly kind: 'start' | 'step' | 'evaluation' | 'checkpoint' | 'done' | 'error';
  readonly step?: number;
  readonly resumedFrom?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface ChildRun {
  readonly child: ChildProcess;
  readonly events: ChildEvent[];
  /** Resolves when the process is gone. */
  readonly ended: Promise<{ readonly signal: string | null; readonly code: number | null }>;
}

/** @param shellPrefix run before the process in the same shell, such as `ulimit -f 100;` */
export function startChild(
  script: string,
  request: TrainRequest,
  onEvent: (event: ChildEvent, child: ChildProcess) => void = () => undefined,
  shellPrefix = '',
): ChildRun {
  const command = [process.execPath, script, JSON.stringify(request)];
  const child =
    shellPrefix === ''
      ? spawn(command[0] as string, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
      : spawn('sh', ['-c', `${shellPrefix} exec "$@"`, 'sh', ...command], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
  const events: ChildEvent[] = [];
  const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
  lines.on('line', (line) => {
    const event = JSON.parse(line) as ChildEvent;
    events.push(event);
    onEvent(event, child);
  });
  const ended = new Promise<{ signal: string | null; code: number | null }>((done) => {
    child.on('close', (code, signal) => done({ code, signal }));
  });
  return { child, events, ended };
}

export function hasPath(path: string): boolean {
  return existsSync(path);
}
