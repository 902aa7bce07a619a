/** Small sums over what was measured. */

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** @param level 0–1 */
export function quantile(values: readonly number[], level: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(level * sorted.length))];
}

/**
 * Rise from the first to the last x of the line with the median slope of all pairs (Theil and Sen): single outliers, such
 * as a training's hour, do not turn it.
 */
export function rise(points: readonly (readonly [x: number, y: number])[]): number {
  const slopes: number[] = [];
  for (let i = 0; i < points.length; i++) {
    for (let j = i + 1; j < points.length; j++) {
      slopes.push((points[j][1] - points[i][1]) / (points[j][0] - points[i][0]));
    }
  }
  if (slopes.length === 0) return 0;
  return median(slopes) * (points[points.length - 1][0] - points[0][0]);
}

/** Sum of a counter's rises; where it falls, it began again from 0. */
export function increase(values: readonly number[]): number {
  return values.reduce((sum, value, i) => {
    const earlier = i === 0 ? 0 : values[i - 1];
    return sum + (value >= earlier ? value - earlier : value);
  }, 0);
}
