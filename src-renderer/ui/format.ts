/** A loss: 10.83, 0.413, 0.0062. */
export function formatLoss(loss: number): string {
  const size = Math.abs(loss);
  return size >= 10 || loss === 0
    ? loss.toFixed(2)
    : size >= 0.1
      ? loss.toFixed(3)
      : loss.toPrecision(2);
}

/** Three significant digits: 0, 0.0014, 2e-5, 4.59, 1,230. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  if (value === 0) return '0';
  if (size < 0.001 || size >= 1e9) {
    return value
      .toExponential(2)
      .replace(/\.?0+e/, 'e')
      .replace('e+', 'e');
  }
  if (size >= 100) return formatCount(value);
  return String(Number(value.toPrecision(3)));
}

/** A whole number with thousands set apart: 12,450. */
export function formatCount(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Bytes in powers of 1024: 172 MB, 7.2 GB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${units[unit]}`;
}
