import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { Combobox, FilterPill, InlineField, MultiCombobox, useStyles2 } from '@grafana/ui';
import { useId } from 'react';
import { PROFILES } from '../../shared/metrics';
import { ClearFilters, SearchFilter } from '../components/filters';
import { ATTENTION, stateLabel } from '../components/states';
import type { UrlFilters } from '../scenes/UrlFilters';
import { LEADS, ONLY } from './matchAlerts';

const ANY_LEAD = { value: '', label: 'Any' };
const LEAD_OPTIONS = [ANY_LEAD, ...LEADS.map(({ name, label }) => ({ value: name, label }))];

const ONLY_OPTIONS = [
  { value: '', label: 'All' },
  ...ONLY.map(({ name, label }) => ({ value: name, label })),
];
const PROFILE_OPTIONS = PROFILES.map(({ name, label }) => ({ value: name as string, label }));

/** Narrows active and past alerts to a text, levels, profiles, a time to the breach and what is left to do. */
export const AlertFilterBar = ({ filters }: { readonly filters: UrlFilters }) => {
  const styles = useStyles2(getStyles);
  const values = filters.useState();
  const id = useId();
  return (
    <div className={styles.bar}>
      <div className={styles.text}>
        <SearchFilter
          filters={filters}
          placeholder="Search by server or message"
          label="Search alerts by server or message"
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
      <InlineField label="Time to breach" className={styles.lead}>
        <Combobox
          id={id}
          options={LEAD_OPTIONS}
          value={values.lead}
          onChange={({ value }) => filters.choose({ lead: value })}
          width={24}
        />
      </InlineField>
      <InlineField label="Show" className={styles.lead}>
        <Combobox
          id={`${id}-only`}
          options={ONLY_OPTIONS}
          value={values.only}
          onChange={({ value }) => filters.choose({ only: value })}
          width={22}
        />
      </InlineField>
      <div className={styles.profiles}>
        <MultiCombobox
          placeholder="All profiles"
          options={PROFILE_OPTIONS}
          value={[...values.profiles]}
          onChange={(chosen) => filters.choose({ profiles: chosen.map(({ value }) => value) })}
          aria-label="Profiles"
        />
      </div>
      <ClearFilters filters={filters} isPlain />
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  bar: css({ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: theme.spacing(1) }),
  text: css({ flex: '1 1 220px', maxWidth: 420 }),
  lead: css({ margin: 0 }),
  profiles: css({ flex: '0 1 220px' }),
  pills: css({
    border: 0,
    margin: 0,
    padding: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5),
  }),
});
