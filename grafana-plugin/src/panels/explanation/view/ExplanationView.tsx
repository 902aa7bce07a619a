import { css } from '@emotion/css';
import type { GrafanaTheme2, TimeZone } from '@grafana/data';
import { useStyles2 } from '@grafana/ui';
import { useState } from 'react';
import type { ArgusClient } from '../../../data/client';
import type { Explanation } from '../../../data/explanation';
import { useElementWidth } from '../../../shared/useElementWidth';
import { TEST_ID } from '../../testIds';
import { AttentionCurve } from './AttentionCurve';
import { Counterfactuals } from './Counterfactuals';
import { Headline } from './Headline';
import { HeatStrip } from './HeatStrip';
import { RiskParts } from './RiskParts';
import { Waterfall } from './Waterfall';
import { WhatIf } from './WhatIf';
import { inputsOf, type WhatIfInputs } from './whatIfInputs';

/** Sections that can be left out. */
export interface ShownSections {
  /** Default true. */
  readonly parts?: boolean;
  readonly drivers: boolean;
  readonly heat: boolean;
  readonly attention: boolean;
  readonly counterfactuals: boolean;
  readonly whatIf: boolean;
}

export const ALL_SECTIONS: ShownSections = {
  drivers: true,
  heat: true,
  attention: true,
  counterfactuals: true,
  whatIf: true,
};

export interface ExplanationViewProps {
  readonly explanation: Explanation;
  readonly timeZone: TimeZone;
  /** Of the data source; without it, what-if is left out. */
  readonly client?: ArgusClient;
  readonly show?: ShownSections;
  /** Score, sentence and parts alone, for small panels. */
  readonly compact?: boolean;
  /** Whether the server's name is shown, as a link to its page. */
  readonly linked?: boolean;
}

const TWO_COLUMNS_FROM = 860;

/**
 * Why a server's risk is what it is. Every part the backend did not give is left out; its own sentences say why. Used by the
 * explanation panel and by the server's page.
 */
export const ExplanationView = (props: ExplanationViewProps) => {
  const { explanation, timeZone, client, show = ALL_SECTIONS, compact = false, linked = false } = props;
  const styles = useStyles2(getStyles);
  const [ref, width] = useElementWidth(TWO_COLUMNS_FROM - 1);
  const [scenario, setScenario] = useState<WhatIfInputs | undefined>(undefined);
  const { risk, shap, heat, attention, limits } = explanation;
  // Only a backend that explains can answer what-if; the fallback has nothing but the parts.
  const asker = show.whatIf && explanation.shap !== undefined ? client : undefined;
  const hasParts = show.parts !== false && risk !== null && risk !== undefined;
  const parts = hasParts ? <RiskParts risk={risk} compact={compact} /> : null;
  if (compact)
    return (
      <div className={`${styles.view} ${styles.compact}`} data-testid={TEST_ID.explanation}>
        <Headline explanation={explanation} linked={linked} compact={compact} />
        {parts}
      </div>
    );
  return (
    <div ref={ref} className={styles.view} data-testid={TEST_ID.explanation}>
      <Headline explanation={explanation} linked={linked} compact={compact} />
      <div className={width >= TWO_COLUMNS_FROM ? styles.two : styles.one}>
        <div className={styles.column}>
          {parts}
          {show.drivers && shap && <Waterfall shap={shap} />}
          {show.attention && attention && <AttentionCurve attention={attention} timeZone={timeZone} />}
        </div>
        <div className={styles.column}>
          {show.heat && heat && <HeatStrip heat={heat} timeZone={timeZone} />}
          {show.counterfactuals && (
            <Counterfactuals
              explanation={explanation}
              onTry={asker && ((counterfactual) => setScenario(inputsOf(counterfactual)))}
            />
          )}
          {asker && (
            <WhatIf client={asker} explanation={explanation} timeZone={timeZone} scenario={scenario} />
          )}
        </div>
      </div>
      {limits.map((limit) => (
        <p key={limit} className={styles.limit}>
          {limit}
        </p>
      ))}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  view: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2), minWidth: 0 }),
  compact: css({ gap: theme.spacing(1) }),
  one: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(2) }),
  two: css({
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) minmax(0, 1fr)',
    gap: theme.spacing(4),
    alignItems: 'start',
  }),
  column: css({
    display: 'flex',
    flexDirection: 'column',
    gap: theme.spacing(2.5),
    minWidth: 0,
    '&:empty': { display: 'none' },
  }),
  limit: css({ ...theme.typography.bodySmall, color: theme.colors.text.secondary, margin: 0 }),
});
