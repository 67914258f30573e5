import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../scripts/lib/paths.mjs';

/** A copy of the starter model at `dir` that knows no end of its answers but the longest allowed. */
export function writeTalkativeModel(dir: string): void {
  cpSync(join(root, 'resources', 'starter-model'), dir, { recursive: true });
  const config = { bos_token_id: 1, eos_token_id: [], pad_token_id: 0 };
  writeFileSync(join(dir, 'generation_config.json'), JSON.stringify(config));
}
