import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Field, FieldValidationMessage, FilterPill, Input, useStyles2 } from '@grafana/ui';
import { useId } from 'react';
import { WEEKDAYS, type Weekday } from '../../data/annotations';
import { DAY_LABELS } from '../alerts/windowTexts';
import { ianaZone } from '../components/ianaZone';
import type { WindowForm, WindowProblems } from './windowForm';

interface Props {
  readonly form: WindowForm;
  readonly problems: WindowProblems;
  readonly onChange: (changes: Partial<WindowForm>) => void;
}

/** The time of a window: from and to, or days and a time of day. */
export const WhenFields = (props: Props) =>
  props.form.when === 'once' ? <OnceFields {...props} /> : <WeeklyFields {...props} />;

const OnceFields = ({ form, problems, onChange }: Props) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  const zone = ianaZone(form.timeZone);
  return (
    <div className={styles.row}>
      <Field label="From" description={zone} invalid={problems.from !== undefined} error={problems.from}>
        <Input
          id={`${id}-from`}
          type="datetime-local"
          value={form.from}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
      </Field>
      <Field label="To" description={zone} invalid={problems.to !== undefined} error={problems.to}>
        <Input
          id={`${id}-to`}
          type="datetime-local"
          value={form.to}
          onChange={(event) => onChange({ to: event.currentTarget.value })}
        />
      </Field>
    </div>
  );
};

function toggled(days: readonly Weekday[], day: Weekday): readonly Weekday[] {
  return days.includes(day) ? days.filter((one) => one !== day) : [...days, day];
}

const WeeklyFields = ({ form, problems, onChange }: Props) => {
  const styles = useStyles2(getStyles);
  const id = useId();
  return (
    <>
      <fieldset className={styles.group}>
        <legend className={styles.legend}>Days</legend>
        <div className={styles.days}>
          {WEEKDAYS.map((day) => (
            <FilterPill
              key={day}
              label={DAY_LABELS[day]}
              selected={form.days.includes(day)}
              onClick={() => onChange({ days: toggled(form.days, day) })}
            />
          ))}
        </div>
        {problems.days === undefined ? null : (
          <FieldValidationMessage>{problems.days}</FieldValidationMessage>
        )}
      </fieldset>
      <div className={styles.row}>
        <Field
          label="Begins at"
          description={`By the clocks of ${ianaZone(form.timeZone)}`}
          invalid={problems.start !== undefined}
          error={problems.start}
        >
          <Input
            id={`${id}-start`}
            type="time"
            value={form.start}
            onChange={(event) => onChange({ start: event.currentTarget.value })}
          />
        </Field>
        <Field
          label="Hours"
          description="Goes on each week until it is deleted"
          invalid={problems.hours !== undefined}
          error={problems.hours}
        >
          <Input
            id={`${id}-hours`}
            type="number"
            min={0.25}
            step={0.25}
            value={form.hours}
            onChange={(event) => onChange({ hours: event.currentTarget.value })}
          />
        </Field>
      </div>
    </>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  row: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(2), '& > *': { flex: '1 1 200px' } }),
  group: css({ border: 0, margin: theme.spacing(0, 0, 2), padding: 0 }),
  legend: css({
    ...theme.typography.bodySmall,
    fontWeight: theme.typography.fontWeightMedium,
    margin: theme.spacing(0, 0, 0.5),
    border: 0,
  }),
  days: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0.5) }),
});
