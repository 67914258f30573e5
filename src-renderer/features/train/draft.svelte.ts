/** The run that is being put together; it stays while the person looks elsewhere. */
import type { ModelRef } from '../../../src-main/ipc/contract/content.ts';
import type { RunMethod, RunRequest, RunSettings } from '../../../src-main/ipc/contract/runs.ts';
import { client } from '../../api/client.ts';

type SettingsByMethod = Readonly<Record<RunMethod, RunSettings>>;

/** What a person chooses and nothing stands in for. */
export type DraftPart = 'model' | 'dataset';

class RunDraft {
  name: string = $state('');
  model: ModelRef | null = $state.raw(null);
  datasetId: number | null = $state(null);
  method: RunMethod = $state('lora');
  /** What null as a learning rate stands for. */
  learningRates: Readonly<Record<RunMethod, number>> = $state.raw({
    lora: 0,
    qlora: 0,
    projector: 0,
    full: 0,
  });
  #byMethod: SettingsByMethod | null = $state.raw(null);
  #loading: Promise<void> | null = null;

  constructor() {
    client.on('project.opened', () => {
      this.#loading = null;
      this.#byMethod = null;
      this.model = null;
      this.datasetId = null;
      this.name = '';
    });
  }

  /** Reads the defaults, and takes up where the last run of the project was. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<void> {
    const [defaults, system, runs] = await Promise.all([
      client.call('runs.defaults', {}),
      client.call('settings.system', {}),
      client.call('runs.list', {}),
    ]);
    this.#byMethod = defaults.settings;
    this.learningRates = defaults.learningRates;
    this.model ??= { dir: system.starterModelDir, adapter: null };
    const [last] = runs;
    if (last !== undefined) this.adopt(last.request);
  }

  get settings(): RunSettings | null {
    return this.#byMethod?.[this.method] ?? null;
  }

  set(part: Partial<RunSettings>): void {
    const { settings } = this;
    if (this.#byMethod === null || settings === null) return;
    this.#byMethod = { ...this.#byMethod, [this.method]: { ...settings, ...part } };
  }

  /** Takes all but the name of another run. */
  adopt({ model, datasetId, method, settings }: RunRequest): void {
    if (this.#byMethod === null) return;
    this.model = model;
    this.datasetId = datasetId;
    this.method = method;
    this.#byMethod = { ...this.#byMethod, [method]: settings };
  }

  /** What has to be chosen before a run can be asked for; empty until the defaults are read. */
  get missing(): readonly DraftPart[] {
    const { model, datasetId, settings } = this;
    if (settings === null) return [];
    return [
      ...(model === null ? ['model' as const] : []),
      ...(datasetId === null ? ['dataset' as const] : []),
    ];
  }

  /** null while something is not chosen yet. */
  get request(): RunRequest | null {
    const { name, model, datasetId, method, settings } = this;
    if (model === null || datasetId === null || settings === null) return null;
    return { name, model, datasetId, method, settings };
  }
}

export const draft = new RunDraft();
