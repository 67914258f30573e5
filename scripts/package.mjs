// `npm run package [-- --dir]`: installers for this system in dist/, by electron-builder.yml; with
// --dir the unpacked app alone. Fetches Electron's program when it is not here.
import { toolNode, toolScript } from './lib/paths.mjs';
import { run, runMain } from './lib/process.mjs';
import { setup } from './lib/setup.mjs';
import { stageNode } from './packaging/stage-node.mjs';

await runMain(async () => {
  await setup();
  stageNode();
  const args = [toolScript('electron-builder/cli.js'), '--publish', 'never'];
  const { code } = await run(toolNode(), [...args, ...process.argv.slice(2)]);
  return code;
});
