import type { DataFrame } from '@grafana/data';
import type { InferOutput } from 'valibot';
import type { breach } from '../../data/schemas';
import { BREACH_FIELD } from '../../shared/frames';
import * as show from './fieldConfigs';
import { numbers, table, times, words } from './table';

export interface ExpectedBreach {
  readonly server: string;
  readonly profile: string;
  readonly breach: InferOutput<typeof breach>;
}

/** One table, a row an expected breach. */
export function breachTable(refId: string, breaches: readonly ExpectedBreach[]): DataFrame {
  const columns = [
    times<ExpectedBreach>(BREACH_FIELD.time, show.time('Expected at'), (one) => Date.parse(one.breach.at)),
    words<ExpectedBreach>(BREACH_FIELD.server, show.SERVER, ({ server }) => server),
    words<ExpectedBreach>(BREACH_FIELD.profile, show.PROFILE, ({ profile }) => profile),
    words<ExpectedBreach>(BREACH_FIELD.metric, show.metric('Metric'), (one) => one.breach.metric),
    words<ExpectedBreach>(BREACH_FIELD.threshold, show.THRESHOLD, (one) => one.breach.threshold),
    numbers<ExpectedBreach>(BREACH_FIELD.seconds, show.seconds('In'), (one) => one.breach.seconds),
    numbers<ExpectedBreach>(
      BREACH_FIELD.value,
      { displayNameFromDS: 'Expected value', decimals: 1 },
      (one) => one.breach.value,
    ),
  ];
  return table({ refId, name: 'Expected breaches', argus: { argus: 'time_to_breach' } }, columns, breaches);
}
