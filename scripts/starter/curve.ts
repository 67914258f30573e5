const width = 720;
const height = 300;
const margin = { left: 48, right: 12, top: 12, bottom: 36 };
/** Steps that one point of the line averages. */
const window = 20;

/** The loss over the steps as an SVG picture, averaged over 20 steps a point. */
export function drawLossCurve(losses: readonly number[]): string {
  const means: number[] = [];
  for (let i = 0; i + window <= losses.length; i += window) {
    means.push(losses.slice(i, i + window).reduce((sum, loss) => sum + loss, 0) / window);
  }
  const top = Math.ceil(Math.max(...means));
  const x = (i: number): number =>
    margin.left + ((width - margin.left - margin.right) * i) / Math.max(1, means.length - 1);
  const y = (loss: number): number =>
    margin.top + (height - margin.top - margin.bottom) * (1 - loss / top);
  const points = means.map((loss, i) => `${x(i).toFixed(1)},${y(loss).toFixed(1)}`).join(' ');
  const lines = Array.from({ length: top + 1 }, (_, loss) => {
    const at = y(loss).toFixed(1);
    return `<line x1="${margin.left}" x2="${width - margin.right}" y1="${at}" y2="${at}" stroke="#ddd"/><text x="${margin.left - 8}" y="${at}" text-anchor="end" dominant-baseline="middle">${loss}</text>`;
  });
  const steps = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const at = x(share * (means.length - 1)).toFixed(1);
    return `<text x="${at}" y="${height - 14}" text-anchor="middle">${Math.round(share * losses.length)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#444"><rect width="${width}" height="${height}" fill="#fff"/>${lines.join('')}${steps.join('')}<polyline points="${points}" fill="none" stroke="#2563eb" stroke-width="1.5"/></svg>\n`;
}
