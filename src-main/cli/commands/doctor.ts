import { examine } from '../../app/doctor/doctor.ts';
import type { DoctorReport, ExaminedDevice } from '../../app/doctor/doctor.ts';
import type { ErrorWire } from '../../base/errors.ts';
import type { Command } from '../command.ts';
import { formatBytes, formatTable } from '../format.ts';
import { describeProblem } from '../../tensor/device-trust.ts';
import { version } from '../../base/version.ts';

export const doctor: Command = {
  positionals: [],
  options: {},
  async run(_, { output, device, signal }) {
    const report = await examine(version, { ...device, signal });
    output.result(report, () => describe(report));
  },
};

function problem(error: ErrorWire): string {
  return `missing: ${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`;
}

/** One line a device, by the name that --device takes. */
function vulkanLines(vulkan: DoctorReport['vulkan']): string[][] {
  if ('error' in vulkan) return [['vulkan', `none: ${vulkan.error.message}`]];
  if (vulkan.length === 0) return [['vulkan', 'none: the loader shows no device']];
  return vulkan.map((device) => [device.id, describeDevice(device)]);
}

function describeDevice(device: ExaminedDevice): string {
  const { name, kind, driver, memoryBytes, features, isSoftware, lacks, problem } = device;
  return [
    name,
    formatBytes(memoryBytes),
    ...(isSoftware ? ['computes on the CPU, for tests'] : [kind]),
    ...(driver === '' ? [] : [`driver ${driver}`]),
    ...features,
    ...(lacks === '' ? [] : [`cannot be used: lacks ${lacks}`]),
    ...(problem === null ? [] : [`auto passes it over: it ${describeProblem(problem)}`]),
  ].join(', ');
}

/** Where commands compute that are not told where. */
function automaticLine({ automatic }: DoctorReport): string {
  if ('error' in automatic) return problem(automatic.error);
  return `${automatic.device}: ${automatic.reason}`;
}

function describe(report: DoctorReport): string {
  const { engine, cpu, memory, gpus, ffmpeg, versions } = report;
  const programs =
    'error' in ffmpeg
      ? [['ffmpeg', problem(ffmpeg.error)]]
      : [
          ['ffmpeg', `${ffmpeg.ffmpeg.version} at ${ffmpeg.ffmpeg.path} (${ffmpeg.ffmpeg.source})`],
          [
            'ffprobe',
            `${ffmpeg.ffprobe.version} at ${ffmpeg.ffprobe.path} (${ffmpeg.ffprobe.source})`,
          ],
          ['codecs', ffmpeg.codecs.join(', ') || 'none of the common ones'],
          ...(ffmpeg.missingCodecs.length > 0
            ? [['', `without ${ffmpeg.missingCodecs.join(', ')}`]]
            : []),
        ];
  const gpuLines = gpus.map(({ name, memory: size, driver }) =>
    [name, size, driver === null ? null : `driver ${driver}`].filter((x) => x !== null).join(', '),
  );
  return formatTable([
    [
      'engine',
      'error' in engine ? problem(engine.error) : `${engine.name} (${engine.description})`,
    ],
    ['cpu', `${cpu.model}, ${cpu.cores} cores`],
    ['memory', `${formatBytes(memory.availableBytes)} free of ${formatBytes(memory.totalBytes)}`],
    ['gpus', gpuLines.length > 0 ? gpuLines.join('; ') : 'none'],
    ...vulkanLines(report.vulkan),
    ['auto', automaticLine(report)],
    ...programs,
    ...Object.entries(versions),
    ['', report.healthy ? 'All is well.' : 'Something is missing, see above.'],
  ]);
}
