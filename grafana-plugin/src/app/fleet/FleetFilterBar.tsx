import { css } from '@emotion/css';
import type { GrafanaTheme2 } from '@grafana/data';
import { type ComboboxOption, MultiCombobox, useStyles2 } from '@grafana/ui';
import { useMemo } from 'react';
import type { FleetServer } from '../../data/fleet';
import { profileLabel } from '../../shared/metrics';
import { ClearFilters, SearchFilter } from '../components/filters';
import type { UrlFilters } from '../scenes/UrlFilters';

interface Props {
  readonly servers: readonly FleetServer[];
  readonly filters: UrlFilters;
}

function profileOptions(servers: readonly FleetServer[], chosen: readonly string[]): ComboboxOption[] {
  const names = new Set([...servers.map(({ profile }) => profile), ...chosen]);
  return [...names]
    .map((value) => ({ value, label: profileLabel(value) }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** Narrows the map and the list to a text and to profiles; levels are chosen on the tiles. */
export const FleetFilterBar = ({ servers, filters }: Props) => {
  const styles = useStyles2(getStyles);
  const values = filters.useState();
  const options = useMemo(() => profileOptions(servers, values.profiles), [servers, values.profiles]);
  return (
    <div className={styles.bar}>
      <div className={styles.text}>
        <SearchFilter
          filters={filters}
          placeholder="Search by name or cause"
          label="Search servers by name or cause"
        />
      </div>
      <div className={styles.profiles}>
        <MultiCombobox
          placeholder="All profiles"
          options={options}
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
  bar: css({ display: 'flex', flexWrap: 'wrap', gap: theme.spacing(1), marginBottom: theme.spacing(1.5) }),
  text: css({ flex: '1 1 220px', maxWidth: 420 }),
  profiles: css({ flex: '1 1 200px', maxWidth: 420 }),
});
