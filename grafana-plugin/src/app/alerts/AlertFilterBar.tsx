import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Button, Combobox, FilterInput, FilterPill, useStyles2 } from '@grafana/ui';
import { ATTENTION, stateLabel } from '../components/states';
import { useTypedText } from '../components/useTypedText';
import { hasFilters, type UrlFilters } from '../scenes/UrlFilters';
import { LEADS } from './matchAlerts';

const ANY_LEAD = { value: '', label: 'Any time to breach' };
const LEAD_OPTIONS = [ANY_LEAD, ...LEADS.map(({ name, label }) => ({ value: name, label }))];

/** Narrows active and past alerts to a text, levels and a time to the breach. */
export const AlertFilterBar = ({ filters }: { readonly filters: UrlFilters }) => {
  const styles = useStyles2(getStyles);
  const values = filters.useState();
  const [text, setText] = useTypedText(values.search, (search) => filters.type(search));
  return (
    <div className={styles.bar}>
      <div className={styles.text}>
        <FilterInput
          placeholder="Search by server or message"
          value={text}
          onChange={setText}
          escapeRegex={false}
          aria-label="Search alerts by server or message"
        />
      </div>
      <fieldset className={styles.pills} aria-label="Levels">
        {ATTENTION.map((level) => (
          <FilterPill
            key={level}
            label={stateLabel(level)}
            selected={values.levels.includes(level)}
            onClick={() => filters.toggleLevel(level)}
          />
        ))}
      </fieldset>
      <Combobox
        options={LEAD_OPTIONS}
        value={values.lead}
        onChange={({ value }) => filters.choose({ lead: value })}
        width={24}
        aria-label="Time to breach"
      />
      {hasFilters(values) ? (
        <Button variant="secondary" fill="text" icon="times" onClick={() => filters.clear()}>
          Clear filters
        </Button>
      ) : null}
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  text: css({ flex: '1 1 220px', maxWidth: 420 }),
  pills: css({
    border: 0,
    margin: 0,
    padding: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5),
  }),
});
