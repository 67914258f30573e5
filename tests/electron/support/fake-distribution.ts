import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** By which @electron/fuses finds the fuses inside Electron's program. */
const sentinel = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
/** Version of the wire, its length, then one byte a fuse: Electron ships these as they are here. */
const wireVersion = 1;
const fuses = '101110101';

/** An archive without files: two pickles, a size and a text of JSON. */
function emptyArchive(): Buffer {
  const json = Buffer.from('{"files":{}}');
  const head = Buffer.alloc(16);
  [4, json.length + 8, json.length + 4, json.length].forEach((value, i) =>
    head.writeUInt32LE(value, 4 * i),
  );
  return Buffer.concat([head, json]);
}

/**
 * A folder that electron-builder takes for Electron's program for Linux. The program is a stub with
 * fuses: it can be packaged, renamed and flipped, not run.
 */
export function makeFakeDistribution(folder: string, version: string): void {
  mkdirSync(join(folder, 'resources'), { recursive: true });
  mkdirSync(join(folder, 'locales'));
  const stub = Buffer.concat([
    Buffer.from(`#!/bin/sh\nexit 0\n${sentinel}`),
    Buffer.from([wireVersion, fuses.length]),
    Buffer.from(fuses),
    Buffer.alloc(16),
  ]);
  writeFileSync(join(folder, 'electron'), stub, { mode: 0o755 });
  writeFileSync(join(folder, 'resources', 'default_app.asar'), emptyArchive());
  writeFileSync(join(folder, 'version'), version);
  for (const name of ['LICENSE', 'LICENSES.chromium.html', 'locales/en-US.pak', 'locales/de.pak']) {
    writeFileSync(join(folder, name), '');
  }
}

interface ArchiveNode {
  readonly files?: Readonly<Record<string, ArchiveNode>>;
  readonly unpacked?: boolean;
}

export interface ArchivedFile {
  /** With forward slashes, from the app's root. */
  readonly path: string;
  /** It lies beside the archive, where plain Node can read it. */
  readonly isUnpacked: boolean;
}

/** The list of an archive, from its header. */
export function listArchive(archive: Buffer): ArchivedFile[] {
  const json = archive.subarray(16, 16 + archive.readUInt32LE(12)).toString();
  const walk = (node: ArchiveNode, path: string): ArchivedFile[] =>
    node.files === undefined
      ? [{ path, isUnpacked: node.unpacked === true }]
      : Object.entries(node.files).flatMap(([name, child]) =>
          walk(child, path === '' ? name : `${path}/${name}`),
        );
  return walk(JSON.parse(json) as ArchiveNode, '');
}
