import type { QueryEditorProps } from '@grafana/data';
import { Stack } from '@grafana/ui';
import { annotationQuery } from '../annotationQuery';
import type { ArgusDataSource } from '../datasource';
import type { ArgusDataSourceOptions, ArgusQuery } from '../types';
import { SearchInput, ServersPicker, WordsPicker } from './pickers';

type Props = QueryEditorProps<ArgusDataSource, ArgusQuery, ArgusDataSourceOptions>;

/** Chooses which alerts are marked on the panels of a dashboard. */
export function AnnotationQueryEditor({ datasource, query, onChange, onRunQuery }: Props) {
  const set = (changes: Partial<ArgusQuery>) => {
    onChange({ ...annotationQuery(query), ...changes });
    onRunQuery();
  };
  return (
    <Stack direction="row" gap={2} wrap="wrap" alignItems="flex-start">
      <ServersPicker
        client={datasource.client}
        value={query.servers}
        onChange={(servers) => set({ servers })}
      />
      <WordsPicker kind="levels" value={query.levels} onChange={(levels) => set({ levels })} />
      <WordsPicker kind="profiles" value={query.profiles} onChange={(profiles) => set({ profiles })} />
      <SearchInput value={query.search} onChange={(search) => set({ search })} />
    </Stack>
  );
}
