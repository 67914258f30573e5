export const schedules = ['constant', 'linear', 'cosine'] as const;

export type Schedule = (typeof schedules)[number];

export interface ScheduleSettings {
  readonly schedule: Schedule;
  /** Updates over which the rate rises from 0. */
  readonly warmupSteps: number;
  /** Updates of the whole run. */
  readonly totalSteps: number;
}

/**
 * Factor of the learning rate for one update, W warm-up and T total updates:
 *   s < W      s / max(1, W)
 *   constant   1
 *   linear     max(0, (T − s) / max(1, T − W))
 *   cosine     max(0, (1 + cos(π (s − W) / max(1, T − W))) / 2)
 * @param step s, from 0: updates done before this one
 * @source transformers' get_{constant,linear,cosine}_schedule_with_warmup
 */
export function scheduleFactor(settings: ScheduleSettings, step: number): number {
  const { schedule, warmupSteps, totalSteps } = settings;
  if (step < warmupSteps) return step / Math.max(1, warmupSteps);
  const span = Math.max(1, totalSteps - warmupSteps);
  switch (schedule) {
    case 'constant':
      return 1;
    case 'linear':
      return Math.max(0, (totalSteps - step) / span);
    case 'cosine':
      return Math.max(0, (1 + Math.cos((Math.PI * (step - warmupSteps)) / span)) / 2);
  }
}
