import { css } from '@emotion/css';
import type { GrafanaTheme2, TimeZone } from '@grafana/data';
import { Button, Slider, useStyles2 } from '@grafana/ui';
import { type ReactNode, useEffect, useState } from 'react';
import type { ArgusClient } from '../../../data/client';
import type { Explanation } from '../../../data/explanation';
import { Section } from './Section';
import { useWhatIf } from './useWhatIf';
import { WhatIfResult } from './WhatIfResult';
import {
  AS_IT_IS,
  type CapSlider,
  capSliders,
  changesOf,
  LOAD_RANGE,
  type WhatIfInputs,
  withCap,
} from './whatIfInputs';

export interface WhatIfProps {
  readonly client: ArgusClient;
  readonly explanation: Explanation;
  readonly timeZone: TimeZone;
  /** A scenario to begin with and to ask at once; a new object each time one is taken over. */
  readonly scenario?: WhatIfInputs;
}

/** Sliders for load and limits, and the forecast as it would be then. */
export const WhatIf = ({ client, explanation, timeZone, scenario }: WhatIfProps) => {
  const styles = useStyles2(getStyles);
  const [inputs, setInputs] = useState<WhatIfInputs>(AS_IT_IS);
  const { busy, answer, error, ask, forget } = useWhatIf(client, explanation.server_name);
  useEffect(() => {
    if (scenario === undefined) return;
    setInputs(scenario);
    ask(changesOf(scenario));
  }, [scenario, ask]);

  const changes = changesOf(inputs);
  const reset = () => {
    setInputs(AS_IT_IS);
    forget();
  };
  if (error?.kind === 'unsupported') return <Section title="What if">{error.sentence}</Section>;
  return (
    <Section title="What if">
      <div className={styles.sliders}>
        <Labelled label="Load" hint="memory and disk as they are" value={loadText(inputs.load)}>
          {(label) => (
            <Slider
              {...LOAD_RANGE}
              value={inputs.load}
              showInput={false}
              ariaLabelForHandle={label}
              onChange={(load) => setInputs((before) => ({ ...before, load }))}
            />
          )}
        </Labelled>
        {capSliders(explanation, inputs).map((slider) => (
          <Cap key={slider.metric} slider={slider} inputs={inputs} onChange={setInputs} />
        ))}
      </div>
      <div className={styles.buttons}>
        <Button size="sm" disabled={changes.length === 0 || busy} onClick={() => ask(changes)}>
          {busy ? 'Forecasting…' : 'Forecast it'}
        </Button>
        <Button
          size="sm"
          variant="secondary"
          fill="text"
          disabled={changes.length === 0 && answer === undefined}
          onClick={reset}
        >
          Reset
        </Button>
      </div>
      <div aria-live="polite" aria-busy={busy}>
        {error !== undefined && <p className={styles.error}>{error.sentence}</p>}
        {answer !== undefined && (
          <WhatIfResult answer={answer} targets={explanation.risk?.targets ?? []} timeZone={timeZone} />
        )}
      </div>
    </Section>
  );
};

function loadText(load: number): string {
  if (load === 0) return 'as it is';
  return `${load > 0 ? '+' : '−'}${Math.abs(load)} %`;
}

interface CapProps {
  readonly slider: CapSlider;
  readonly inputs: WhatIfInputs;
  readonly onChange: (change: (before: WhatIfInputs) => WhatIfInputs) => void;
}

const Cap = ({ slider, inputs, onChange }: CapProps) => {
  const at = inputs.caps[slider.metric];
  return (
    <Labelled
      label={`${slider.label} at most`}
      hint={slider.hint}
      value={at === undefined ? 'no limit' : slider.format(at)}
    >
      {(label) => (
        <Slider
          min={0}
          max={slider.max}
          step={slider.step}
          value={at ?? slider.max}
          showInput={false}
          ariaLabelForHandle={label}
          onChange={(value) => onChange((before) => withCap(before, slider, value))}
        />
      )}
    </Labelled>
  );
};

interface LabelledProps {
  readonly label: string;
  readonly hint: string | undefined;
  readonly value: string;
  readonly children: (label: string) => ReactNode;
}

const Labelled = ({ label, hint, value, children }: LabelledProps) => {
  const styles = useStyles2(getStyles);
  return (
    <div className={styles.slider}>
      <div className={styles.label}>
        <span>
          {label} {hint !== undefined && <span className={styles.hint}>({hint})</span>}
        </span>
        <strong>{value}</strong>
      </div>
      {children(label)}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  sliders: css({
    display: 'grid',
    gap: theme.spacing(1, 2),
    gridTemplateColumns: 'repeat(auto-fill, minmax(240px, 1fr))',
    alignItems: 'end',
  }),
  // The handle stands out of the track at both ends.
  slider: css({ minWidth: 0, padding: theme.spacing(0, 1), ...theme.typography.bodySmall }),
  label: css({
    display: 'flex',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    '& strong': { fontWeight: theme.typography.fontWeightMedium, whiteSpace: 'nowrap' },
  }),
  hint: css({ color: theme.colors.text.secondary }),
  buttons: css({ display: 'flex', gap: theme.spacing(1), margin: theme.spacing(1, 0) }),
  error: css({ color: theme.colors.error.text, margin: 0 }),
});
