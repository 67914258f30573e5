/** The devices that a person can choose, in words. */
import type { DoctorReport, GraphicsDevice } from '../../../src-main/ipc/contract/settings.ts';
import { formatBytes } from '../../ui/format.ts';
import { texts } from './texts/index.ts';

export interface DeviceOption {
  readonly value: string;
  readonly label: string;
}

export function graphicsDevicesOf(found: DoctorReport | undefined): readonly GraphicsDevice[] {
  return found === undefined || 'error' in found.vulkan ? [] : found.vulkan;
}

/**
 * Automatic, the processor, and each graphics device that can be used. One that only imitates a
 * graphics card is slower than the processor itself: it is offered to who has chosen it already.
 */
export function deviceChoices(chosen: string, found: DoctorReport | undefined): DeviceOption[] {
  const say = texts();
  const devices = graphicsDevicesOf(found);
  const offered = devices.filter(
    ({ id, isSoftware, lacks }) => id === chosen || (!isSoftware && lacks === ''),
  );
  const isKnown = ['auto', 'cpu'].includes(chosen) || offered.some(({ id }) => id === chosen);
  return [
    { value: 'auto', label: automaticLabel(found, devices) },
    { value: 'cpu', label: say.processor },
    ...offered.map(({ id, name, memoryBytes }) => ({
      value: id,
      label: `${name} · ${formatBytes(memoryBytes)}`,
    })),
    ...(isKnown ? [] : [{ value: chosen, label: missingLabel(chosen, found) }]),
  ];
}

function automaticLabel(
  found: DoctorReport | undefined,
  devices: readonly GraphicsDevice[],
): string {
  const say = texts();
  if (found === undefined || 'error' in found.automatic) return say.deviceAuto;
  const { device } = found.automatic;
  const name = devices.find(({ id }) => [id, `${id}:plain`].includes(device))?.name;
  return say.deviceAutoIs(name ?? say.processor);
}

function missingLabel(id: string, found: DoctorReport | undefined): string {
  return found === undefined ? id : texts().deviceMissing(id);
}
