/**
 * Numbers as a colleague would say them: with their unit, no digit that nobody needs, and the marks of
 * the window's language.
 */
import { spoken } from './catalogue.ts';
import type { Language } from './catalogue.ts';
import { texts } from './texts/index.ts';

export interface NumberMarks {
  readonly decimal: string;
  readonly group: string;
}

const marks: Readonly<Record<Language, NumberMarks>> = {
  en: { decimal: '.', group: ',' },
  de: { decimal: ',', group: '.' },
};

/** How numbers are written in the language of the window. */
export const numberMarks = (): NumberMarks => marks[spoken()];

/** A number as JavaScript writes it, in the language of the window. */
export const localised = (plain: string | number): string =>
  String(plain).replace('.', numberMarks().decimal);

/** A number with so many digits after the point: 0.90, 12.5. */
export const formatFixed = (value: number, digits: number): string =>
  localised(value.toFixed(digits));

/** A loss: 10.83, 0.413, 0.0062. */
export function formatLoss(loss: number): string {
  const size = Math.abs(loss);
  const plain =
    size >= 10 || loss === 0
      ? loss.toFixed(2)
      : size >= 0.1
        ? loss.toFixed(3)
        : loss.toPrecision(2);
  return localised(plain);
}

/** Three significant digits: 0, 0.0014, 2e-5, 4.59, 1,230. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size < 0.001 || size >= 1e9) {
    const plain = value.toExponential(2).replace(/\.?0+e/, 'e');
    return localised(plain.replace('e+', 'e'));
  }
  if (size >= 100) return formatCount(value);
  return localised(Number(value.toPrecision(3)));
}

/** A whole number with thousands set apart: 12,450. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, numberMarks().group);
}

/** How many of what: 1 image, 1,204 images, 3 boxes. `plural` where an s is not enough. */
export function formatQuantity(count: number, noun: string, plural = `${noun}s`): string {
  return `${formatCount(count)} ${count === 1 ? noun : plural}`;
}

const byteUnits = ['B', 'KB', 'MB', 'GB', 'TB'];

function scaledBytes(bytes: number): { value: number; unit: number } {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < byteUnits.length - 1) {
    value /= 1024;
    unit++;
  }
  return { value, unit };
}

const shortened = (value: number, unit: number): string =>
  localised(unit > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value));

/** Bytes in powers of 1024: 172 MB, 7.2 GB. */
export function formatBytes(bytes: number): string {
  const { value, unit } = scaledBytes(bytes);
  return `${shortened(value, unit)} ${byteUnits[unit]}`;
}

/** Used of available, in the unit of the latter: 7.2 of 24 GB. */
export function formatBytesOf(usedBytes: number, totalBytes: number): string {
  const { unit } = scaledBytes(totalBytes);
  return texts().used(shortened(usedBytes / 1024 ** unit, unit), formatBytes(totalBytes));
}

/** A share 0 … 1: 0%, 0.4%, 37%. 100% only when nothing is missing. */
export function formatPercent(share: number): string {
  const percent = share * 100;
  const sign = spoken() === 'de' ? '\u00a0%' : '%';
  if (percent > 0 && percent < 1) {
    return `${localised(Number(percent.toFixed(1)) || '<0.1')}${sign}`;
  }
  return `${percent < 100 ? Math.min(99, Math.round(percent)) : Math.round(percent)}${sign}`;
}

/** A span of time: 450 ms, 12 s, 4 min, 1 h 20 min, 3 d 4 h. */
export function formatDuration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${localised(Number(seconds.toFixed(1)))} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours >= 24) return withRest(Math.floor(hours / 24), texts().days, hours % 24, 'h');
  return withRest(hours, 'h', minutes % 60, 'min');
}

function withRest(whole: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${restUnit}`;
}

/** What a person waiting wants to know: "a few seconds left", "40 s left", "4 min left". */
export function formatTimeLeft(seconds: number): string {
  if (!Number.isFinite(seconds)) return '';
  if (seconds < 5) return texts().fewSecondsLeft;
  const span =
    seconds < 55 ? `${Math.ceil(seconds / 5) * 5} s` : formatDuration(Math.max(60, seconds));
  return texts().left(span);
}

/** A place in a video or sound: 0:07.4, 12:03.0, 1:02:03.5; `digits` after the point. */
export function formatClock(seconds: number, digits = 1): string {
  const factor = 10 ** digits;
  const ticks = Math.round(Math.max(0, seconds) * factor);
  const whole = Math.floor(ticks / factor);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  const head = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  const tail =
    digits > 0 ? `${numberMarks().decimal}${String(ticks % factor).padStart(digits, '0')}` : '';
  return `${head}:${two(whole % 60)}${tail}`;
}

const dayMs = 86_400_000;

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}

/** When something was: just now, 5 min ago, 3 h ago, yesterday, 4 days ago, 12 Mar, 12 Mar 2024. */
export function formatAgo(date: Date | number, now: Date | number = Date.now()): string {
  const then = new Date(date);
  const today = new Date(now);
  const minutes = Math.floor((today.getTime() - then.getTime()) / 60_000);
  const days = Math.round((startOfDay(today) - startOfDay(then)) / dayMs);
  const say = texts();
  if (minutes < 1) return say.justNow;
  if (minutes < 60) return say.minutesAgo(minutes);
  if (days === 0 || minutes < 360) return say.hoursAgo(Math.floor(minutes / 60));
  if (days === 1) return say.yesterday;
  if (days < 7) return say.daysAgo(days);
  const day = say.day(then.getDate(), say.months[then.getMonth()] ?? '');
  return then.getFullYear() === today.getFullYear() ? day : `${day} ${then.getFullYear()}`;
}

/** Width and height in pixels: 4032 × 3024. */
export function formatSize(width: number, height: number): string {
  return `${width} × ${height}`;
}
