/** The model that is being put together; it stays while the person looks elsewhere. */
import type { AssembleRequest } from '../../../src-main/ipc/contract/assemble.ts';
import { client } from '../../api/client.ts';

export type PartName = 'vision' | 'language';

class Assembly {
  visionDir: string | null = $state(null);
  languageDir: string | null = $state(null);
  projector: AssembleRequest['projector'] = $state('mlp2x_gelu');
  dtype: 'f32' | 'bf16' | null = $state(null);
  seed = $state(0);
  /** Where the folder goes; empty until it is known. */
  outDir = $state('');
  /** The job that writes it. */
  jobId: string | undefined = $state();

  /** Proposes a place for the result where none was given yet. */
  async propose(): Promise<void> {
    if (this.outDir !== '') return;
    const { dataDir } = await client.call('settings.system', {});
    const separator = dataDir.includes('\\') ? '\\' : '/';
    if (this.outDir === '') this.outDir = [dataDir, 'models', 'my-model'].join(separator);
  }

  dirOf(part: PartName): string | null {
    return part === 'vision' ? this.visionDir : this.languageDir;
  }

  take(part: PartName, dir: string | null): void {
    if (part === 'vision') this.visionDir = dir;
    else this.languageDir = dir;
  }

  get request(): AssembleRequest {
    const { visionDir, languageDir, projector, dtype, seed } = this;
    const outDir = this.outDir.trim();
    return {
      visionDir,
      languageDir,
      outDir: outDir === '' ? null : outDir,
      projector,
      dtype,
      seed,
    };
  }
}

export const assembly = new Assembly();
