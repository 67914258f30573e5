// For `node --import`: in that process `electron` is the fake.
import { registerHooks } from 'node:module';

const fake = new URL('./fake-electron.ts', import.meta.url).href;

registerHooks({
  resolve: (name, context, next) =>
    name === 'electron' ? { url: fake, shortCircuit: true } : next(name, context),
});
