/** What the headless host tells the person at the terminal. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface TerminalOptions {
  readonly port: number;
  /** An address for one visit. */
  readonly newAddress: () => string;
  /** One line of JSON, for programs. */
  readonly json: boolean;
  /** Open the person's browser where there is a screen. */
  readonly open: boolean;
}

/** Says where the window is; Enter gives a further address, since each works once. */
export function announce({ port, newAddress, json, open }: TerminalOptions): void {
  const address = newAddress();
  if (json) {
    console.log(JSON.stringify({ url: address }));
    return;
  }
  console.log(
    `Lensmith is ready. Open this address in a browser; it works once:\n\n  ${address}\n`,
  );
  console.log(
    `From another machine: ssh -L ${port}:127.0.0.1:${port} THIS-MACHINE, then the same address there.`,
  );
  console.log('Enter gives a new address, Ctrl+C ends Lensmith.');
  if (process.stdin.isTTY) {
    const lines = createInterface({ input: process.stdin });
    lines.on('line', () => console.log(`\n  ${newAddress()}\n`));
    // The interface takes Ctrl+C for itself.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
  }
  const hasScreen = process.platform !== 'linux' || Boolean(process.env['DISPLAY']);
  if (open && hasScreen) openInBrowser(address);
}

function openInBrowser(url: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', url]
      : process.platform === 'win32'
        ? ['explorer', url]
        : ['xdg-open', url];
  const child = spawn(program as string, args, { stdio: 'ignore', detached: true });
  child.on('error', () => undefined); // the address stands on the terminal
  child.unref();
}
