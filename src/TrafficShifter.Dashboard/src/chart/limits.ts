/** What a check has of a limit that a chart can draw. */
export interface Limited {
  readonly evidence?: string | null;
  readonly max?: number | null;
  readonly mode?: string | null;
}

/** Highest values that pass: a part of one for errors; seconds for latency, by `p99`. */
export interface Limits {
  readonly errors: number | null;
  readonly latency: Readonly<Record<string, number>>;
}

export const NO_LIMITS: Limits = { errors: null, latency: {} };

const QUANTILES: Readonly<Record<string, string>> = { latencyP50: 'p50', latencyP90: 'p90', latencyP99: 'p99' };

/** The lowest limit of each chart. What a query of somebody's own measures is in no chart, and its limit in none either. */
export function limitsOf(checks: readonly Limited[]): Limits {
  let errors: number | null = null;
  const latency: Record<string, number> = {};
  for (const { evidence, max, mode } of checks) {
    if (max == null || !evidence || mode === 'observe') continue;
    if (evidence === 'errorRatio') errors = Math.min(errors ?? max, max);
    const quantile = QUANTILES[evidence];
    if (quantile) latency[quantile] = Math.min(latency[quantile] ?? max, max);
  }
  return { errors, latency };
}
