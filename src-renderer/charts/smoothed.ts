/**
 * Exponential moving average with the start's bias taken out (Kingma & Ba 2015, section 3):
 * m_t = beta m_{t-1} + (1 - beta) y_t, drawn as m_t / (1 - beta^t). NaN stays NaN and counts not.
 */
export function smoothed(ys: readonly number[], beta: number): number[] {
  let mean = 0;
  let remaining = 1;
  return ys.map((y) => {
    if (!Number.isFinite(y)) return NaN;
    mean = beta * mean + (1 - beta) * y;
    remaining *= beta;
    return mean / (1 - remaining);
  });
}
