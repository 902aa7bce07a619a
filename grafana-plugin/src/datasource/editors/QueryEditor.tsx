import type { QueryEditorProps } from '@grafana/data';
import { Combobox, Field, InlineSwitch, Stack } from '@grafana/ui';
import { type ReactNode, useEffect, useId } from 'react';
import { LEADS } from '../../data/pastForecasts';
import { HORIZONS } from '../../shared/metrics';
import type { ArgusDataSource } from '../datasource';
import { DEFAULT_QUERY_TYPE } from '../queries/run';
import { DATA_SOURCE_TEST_ID } from '../testIds';
import type { ArgusDataSourceOptions, ArgusQuery, ArgusTiming } from '../types';
import { Choice, LimitInput, SearchInput, ServersPicker, WordsPicker } from './pickers';
import { describedType, QUERY_TYPE_DESCRIPTIONS, type QueryField, withType } from './queryFields';

const TYPE_WIDTH = 28;

const TIMING_OPTIONS: readonly { readonly value: ArgusTiming; readonly label: string }[] = [
  { value: 'range', label: 'Over time' },
  { value: 'now', label: 'Now' },
];

const LEAD_OPTIONS = LEADS.map((value) => ({
  value,
  label: `${HORIZONS.find(({ name }) => name === value)?.label ?? value} before`,
}));

interface PartProps {
  readonly query: ArgusQuery;
  readonly set: (changes: Partial<ArgusQuery>) => void;
}

function HistorySwitch({ query, set }: PartProps) {
  const id = useId();
  return (
    <Field label="Measured values" noMargin>
      <InlineSwitch
        id={id}
        value={query.history ?? true}
        onChange={(event) => set({ history: event.currentTarget.checked })}
      />
    </Field>
  );
}

function PartsSwitch({ query, set }: PartProps) {
  const id = useId();
  return (
    <Field label="Parts of the risk" noMargin>
      <InlineSwitch
        id={id}
        value={query.parts ?? false}
        onChange={(event) => set({ parts: event.currentTarget.checked })}
      />
    </Field>
  );
}

function LeadPicker({ query, set }: PartProps) {
  const id = useId();
  return (
    <Field label="Earlier forecasts" noMargin>
      <Combobox
        id={id}
        width={22}
        options={LEAD_OPTIONS}
        value={query.pastLead ?? null}
        onChange={(option) => set({ pastLead: option?.value })}
        placeholder="None"
        isClearable
      />
    </Field>
  );
}

/**
 * A new query, with what a person would choose first. Grafana would also add a default query's fields to stored queries
 * that leave them out, and so change what these mean: they are written here instead, once.
 */
function withDefaults(query: ArgusQuery): ArgusQuery {
  return { metrics: ['cpu_used_pct'], limit: 3, ...query, queryType: DEFAULT_QUERY_TYPE };
}

type Props = QueryEditorProps<ArgusDataSource, ArgusQuery, ArgusDataSourceOptions>;

/** Chooses what a panel shows, of which servers. Every change is run at once. */
export function QueryEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const typeId = useId();
  useEffect(() => {
    if (query.queryType === undefined) onChange(withDefaults(query));
  }, [query, onChange]);
  const type = describedType(query.queryType ?? DEFAULT_QUERY_TYPE);
  const run = (next: ArgusQuery) => {
    onChange(next);
    onRunQuery();
  };
  const set = (changes: Partial<ArgusQuery>) => run({ ...query, ...changes });
  const part: PartProps = { query, set };
  const parts: Readonly<Record<QueryField, ReactNode>> = {
    metrics: <WordsPicker kind="metrics" value={query.metrics} onChange={(metrics) => set({ metrics })} />,
    servers: (
      <ServersPicker
        client={datasource.client}
        value={query.servers}
        onChange={(servers) => set({ servers })}
        placeholder={type.unlimited === 'All' ? 'All' : 'Those at most risk'}
      />
    ),
    levels: <WordsPicker kind="levels" value={query.levels} onChange={(levels) => set({ levels })} />,
    profiles: (
      <WordsPicker kind="profiles" value={query.profiles} onChange={(profiles) => set({ profiles })} />
    ),
    search: <SearchInput value={query.search} onChange={(search) => set({ search })} />,
    limit: (
      <LimitInput value={query.limit} placeholder={type.unlimited} onChange={(limit) => set({ limit })} />
    ),
    history: <HistorySwitch {...part} />,
    pastLead: <LeadPicker {...part} />,
    timing: (
      <Choice
        label="Time"
        value={query.timing ?? 'range'}
        options={TIMING_OPTIONS}
        onChange={(timing) => set({ timing })}
      />
    ),
    parts: <PartsSwitch {...part} />,
  };
  return (
    <Stack direction="row" gap={2} wrap="wrap" alignItems="flex-start">
      <Field label="Show" noMargin>
        <Combobox
          id={typeId}
          data-testid={DATA_SOURCE_TEST_ID.queryType}
          width={TYPE_WIDTH}
          options={QUERY_TYPE_DESCRIPTIONS.map(({ value, label, description }) => ({
            value,
            label,
            description,
          }))}
          value={type.value}
          onChange={({ value }) => run(withType(query, value))}
        />
      </Field>
      {type.fields.map((field) => (
        <div key={field}>{parts[field]}</div>
      ))}
    </Stack>
  );
}
