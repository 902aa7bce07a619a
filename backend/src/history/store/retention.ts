/** Which days give way: those too old, then the oldest while there is too much or too little room. */

export type RemovalReason = 'age' | 'size' | 'space';

export interface RetentionRules {
  /** Days since the epoch. */
  readonly today: number;
  readonly keepDays: number;
  /** Newest days that stay in any case; also where a clock that jumped ahead makes them look old. */
  readonly keepAtLeastDays: number;
  readonly maxBytes: number;
  /** Bytes that have to be freed; 0 or less: none. */
  readonly missingBytes: number;
}

export interface Removal {
  readonly day: number;
  readonly reason: RemovalReason;
}

/** @param sizes bytes by day */
export function removableDays(sizes: ReadonlyMap<number, number>, rules: RetentionRules): readonly Removal[] {
  const days = [...sizes.keys()].sort((a, b) => a - b);
  let total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  let { missingBytes } = rules;
  const removals: Removal[] = [];
  for (const day of days.slice(0, -rules.keepAtLeastDays)) {
    const reason = reasonFor(day, total, missingBytes, rules);
    if (reason === undefined) break;
    removals.push({ day, reason });
    total -= sizes.get(day) ?? 0;
    missingBytes -= sizes.get(day) ?? 0;
  }
  return removals;
}

function reasonFor(
  day: number,
  totalBytes: number,
  missingBytes: number,
  { today, keepDays, maxBytes }: RetentionRules,
): RemovalReason | undefined {
  if (day <= today - keepDays) return 'age';
  if (totalBytes > maxBytes) return 'size';
  return missingBytes > 0 ? 'space' : undefined;
}
