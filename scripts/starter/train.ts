/**
 * Trains the starter model from scratch on the committed drawings, with
 * Lensmith's own engine: `npm run train --prefix scripts/starter -- OUT`.
 * OUT keeps the state; run again, it goes on where it was. recipe.json has the
 * settings of both stages.
 */
import { mkdirSync } from 'node:fs';
import { randomModel } from '../../src-main/models/load.ts';
import { openDevice } from '../../src-main/tensor/device.ts';
import { StarterData } from './data.ts';
import { languageStage } from './language-stage.ts';
import { loadWeights, runStage, statePath } from './loop.ts';
import type { StageSettings } from './loop.ts';
import { MODEL_DIR, readJson, STARTER_DIR } from './sources.ts';
import { towerStage } from './tower-stage.ts';

interface Recipe {
  readonly seed: number;
  readonly tower: StageSettings;
  readonly language: StageSettings & { readonly towerRate: number };
}

const dir = process.argv[2];
if (dir === undefined) throw new Error('Usage: train.ts OUT');
mkdirSync(dir, { recursive: true });

const recipe = readJson<Recipe>(STARTER_DIR, 'recipe.json');
openDevice();
const loaded = randomModel(readJson(MODEL_DIR, 'config.json'), recipe.seed);
const data = await StarterData.load();

const tower = await towerStage(loaded, data, recipe.tower, dir);
await runStage(tower);
const language = await languageStage(loaded, data, recipe.language, dir);
await loadWeights(statePath(tower), language.trainables);
await runStage(language);
process.exit(0);
