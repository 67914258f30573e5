import { cpus, freemem, totalmem } from 'node:os';
import { join } from 'node:path';
import type { DoctorReport } from '../../ipc/contract/settings.ts';
import type { AppContext } from '../core/context.ts';
import type { Feature, FeatureCommands } from '../core/feature.ts';
import type { DoctorReport as FoundReport } from '../doctor/doctor.ts';
import { RecentProjects } from '../project/recent-projects.ts';
import { describeDiagnostics, lastLines, logBytes, logsDir, tailBytes } from './diagnostics.ts';
import { concernsWorkers } from './worker-environment.ts';

export function settingsFeature(context: AppContext): Feature<FeatureCommands<'settings'>> {
  const { settings, events, workers } = context;
  const examine = (signal: AbortSignal) =>
    workers.engine.run(
      'doctor',
      { version: context.version, ffmpegPath: settings.values.ffmpegPath },
      { signal },
    );
  return {
    handlers: {
      'settings.read': () => settings.values,
      'settings.write': async (part) => {
        const before = settings.values;
        const values = await settings.write(part);
        if (concernsWorkers(before, values)) {
          for (const worker of Object.values(workers)) worker.renew();
        }
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
        logsDir: logsDir(context.dataDir),
      }),
      'settings.card': (_, { signal }) => workers.engine.run('card', undefined, { signal }),
      'settings.doctor': async (_, { signal }) => plain(await examine(signal)),
      'settings.diagnostics': async (_, { signal }) =>
        describeDiagnostics({
          report: await examine(signal),
          settings: settings.values,
          jobs: context.jobs.list,
          log: await lastLines(context.dataDir, tailBytes),
          dataDir: context.dataDir,
          projects: await new RecentProjects(context.dataDir).list(),
        }),
      'settings.log': () => lastLines(context.dataDir, logBytes),
    },
  };
}

/** Lists of the engine are read-only, those of the contract are not. */
function plain(report: FoundReport): DoctorReport {
  const { ffmpeg, vulkan } = report;
  return {
    ...report,
    gpus: [...report.gpus],
    vulkan:
      'error' in vulkan ? vulkan : vulkan.map((one) => ({ ...one, features: [...one.features] })),
    ffmpeg:
      'error' in ffmpeg
        ? ffmpeg
        : { ...ffmpeg, codecs: [...ffmpeg.codecs], missingCodecs: [...ffmpeg.missingCodecs] },
  };
}
