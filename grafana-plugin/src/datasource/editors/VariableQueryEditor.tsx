import type { QueryEditorProps } from '@grafana/data';
import { Stack } from '@grafana/ui';
import type { ArgusDataSource } from '../datasource';
import type { ArgusDataSourceOptions, ArgusQuery } from '../types';
import type { ArgusVariableKind, ArgusVariableQuery } from '../variables';
import { Choice, SearchInput, WordsPicker } from './pickers';

const KIND_OPTIONS: readonly { readonly value: ArgusVariableKind; readonly label: string }[] = [
  { value: 'servers', label: 'Servers' },
  { value: 'metrics', label: 'Metrics' },
  { value: 'profiles', label: 'Profiles' },
  { value: 'levels', label: 'Levels' },
];

type Props = QueryEditorProps<ArgusDataSource, ArgusQuery, ArgusDataSourceOptions, ArgusVariableQuery>;

/** Chooses what a variable of a dashboard can be. */
export function VariableQueryEditor({ query, onChange }: Props) {
  const kind = query.queryType ?? 'servers';
  const set = (changes: Partial<ArgusVariableQuery>) =>
    onChange({ ...query, refId: query.refId ?? 'ArgusVariable', queryType: kind, ...changes });
  return (
    <Stack direction="row" gap={2} wrap="wrap" alignItems="flex-start">
      <Choice
        label="Values"
        value={kind}
        options={KIND_OPTIONS}
        onChange={(next) => set({ queryType: next })}
      />
      {kind === 'servers' && (
        <>
          <WordsPicker kind="profiles" value={query.profiles} onChange={(profiles) => set({ profiles })} />
          <WordsPicker kind="levels" value={query.levels} onChange={(levels) => set({ levels })} />
          <SearchInput value={query.search} onChange={(search) => set({ search })} />
        </>
      )}
    </Stack>
  );
}
