import type { DataFrame } from '@grafana/data';
import { type Explanation, groupsByEffect } from '../../data/explanation';
import { EXPLANATION_FIELD } from '../../shared/frames';
import { RISK_PARTS } from '../../shared/metrics';
import * as show from './fieldConfigs';
import { numbers, table, words } from './table';

interface Weight {
  readonly label: string;
  readonly value: number;
}

/** What raises and lowers the risk: groups of inputs, else the parts it adds up from. */
function weightsOf({ shap, risk }: Explanation): readonly Weight[] {
  if (shap !== null && shap !== undefined && shap.groups.length > 0) {
    const { told, faint } = groupsByEffect(shap);
    return faint === undefined ? told : [...told, faint];
  }
  const parts = risk?.parts;
  if (parts === null || parts === undefined) return [];
  return RISK_PARTS.map(({ name, label }) => ({ label, value: parts[name] })).filter(
    ({ value }) => value !== 0,
  );
}

function timeOf(time: string | null | undefined): number | undefined {
  return typeof time === 'string' ? Date.parse(time) : undefined;
}

/** One table of what the risk is made of; panels that show more find the whole answer in the frame's meta. */
export function explanationFrame(refId: string, explanation: Explanation): DataFrame {
  const weights = weightsOf(explanation);
  const total = weights.reduce((sum, { value }) => sum + Math.abs(value), 0);
  const { server_name: server, profile, mode } = explanation;
  const columns = [
    words<Weight>(EXPLANATION_FIELD.group, show.text('What'), ({ label }) => label),
    numbers<Weight>(
      EXPLANATION_FIELD.value,
      { displayNameFromDS: 'Points of risk', decimals: 1 },
      ({ value }) => value,
    ),
    numbers<Weight>(
      EXPLANATION_FIELD.share,
      { displayNameFromDS: 'Share', unit: 'percentunit', decimals: 0 },
      ({ value }) => (total === 0 ? null : value / total),
    ),
  ];
  const originMs = timeOf(explanation.origin);
  const argus = { argus: 'explanation', server, profile, mode, originMs, explanation } as const;
  return table({ refId, name: `Why ${server}`, argus }, columns, weights);
}
