import { css } from '@emotion/css';
import type { AppPluginMeta, GrafanaTheme2 } from '@grafana/data';
import { Combobox, Field, useStyles2 } from '@grafana/ui';
import { useQuery } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { type ArgusAppSettings, findInstance } from '../../data/instance';
import { QueryState } from '../components/QueryState';
import { ConnectionForm } from './ConnectionForm';
import { ConnectionResult } from './ConnectionResult';
import { NextSteps } from './NextSteps';
import { loadDataSource } from './settings';
import type { TestResult } from './testDataSource';

/** A choice no data source has: to make another one. */
const ANOTHER = ' another';

interface Props {
  readonly meta: AppPluginMeta<ArgusAppSettings>;
}

/** The data source the app asks: chosen among several, changed, or made. */
export const Connection = ({ meta }: Props) => {
  const styles = useStyles2(getStyles);
  const { instance, candidates, missingUid } = findInstance(meta.jsonData ?? undefined);
  const [uid, setUid] = useState(instance?.uid ?? ANOTHER);
  const [test, setTest] = useState<TestResult>();
  const id = useId();
  const settings = useQuery({
    queryKey: ['argus-config', uid],
    queryFn: () => (uid === ANOTHER ? null : loadDataSource(uid)),
    placeholderData: undefined,
  });
  const choices = [
    ...candidates.map(({ name, uid: value }) => ({ value, label: name })),
    { value: ANOTHER, label: 'Another data source, to be made' },
  ];
  return (
    <div className={styles.page}>
      {missingUid === undefined ? null : (
        <p role="alert">
          The data source that was chosen (uid {missingUid}) does not exist any more. Choose or make another.
        </p>
      )}
      {candidates.length > 1 || missingUid !== undefined ? (
        <Field label="Data source" description="Which of them the pages of Argus ask.">
          <Combobox
            id={id}
            options={choices}
            value={uid}
            width={50}
            onChange={({ value }) => {
              setUid(value);
              setTest(undefined);
            }}
          />
        </Field>
      ) : null}
      <QueryState query={settings} what="the settings of the data source">
        {(existing) => (
          <ConnectionForm
            key={uid}
            meta={meta}
            existing={existing}
            onStart={() => setTest(undefined)}
            onSaved={(outcome) => {
              setTest(outcome.test);
              if (outcome.uid === uid) void settings.refetch();
              else setUid(outcome.uid);
            }}
          />
        )}
      </QueryState>
      {test === undefined ? null : <ConnectionResult test={test} />}
      <NextSteps isConnected={test?.isGood === true} uid={uid === ANOTHER ? undefined : uid} />
    </div>
  );
};

const getStyles = (theme: GrafanaTheme2) => ({
  page: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(3), maxWidth: 720 }),
});
