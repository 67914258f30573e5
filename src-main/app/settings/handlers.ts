import { cpus, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';

export function settingsFeature(context: AppContext): Feature<FeatureCommands<'settings'>> {
  const { settings, events } = context;
  return {
    handlers: {
      'settings.read': () => settings.values,
      'settings.write': async (part) => {
        const values = await settings.write(part);
        events.emit('settings.changed', values);
        return values;
      },
      'settings.system': () => ({
        version: context.version,
        platform: `${process.platform} ${process.arch}`,
        cpu: cpus()[0]?.model.trim() ?? 'unknown',
        cores: cpus().length,
        memoryBytes: totalmem(),
        freeMemoryBytes: process.availableMemory?.() ?? freemem(),
        nodeVersion: process.versions.node,
        dataDir: context.dataDir,
        starterModelDir: join(context.resourcesDir, 'starter-model'),
      }),
    },
  };
}
