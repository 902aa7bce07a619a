import type { DataSourceApi, DataSourceSettings } from '@grafana/data';
import { getBackendSrv, getDataSourceSrv } from '@grafana/runtime';
import { Alert, Button, LoadingPlaceholder } from '@grafana/ui';
import { useState } from 'react';
import { useParams } from 'react-router';
import { PluginPage } from './PluginPage';
import { useLoaded } from './useLoaded';

interface TestResult {
  readonly status: string;
  readonly message: string;
}

async function load(uid: string) {
  const settings = await getBackendSrv().get<DataSourceSettings>(`/api/datasources/uid/${uid}`);
  return { settings, instance: await getDataSourceSrv().get(uid) };
}

const Settings = (props: { readonly settings: DataSourceSettings; readonly instance: DataSourceApi }) => {
  const [settings, setSettings] = useState(props.settings);
  const [result, setResult] = useState<TestResult>();
  const Editor = props.instance.components?.ConfigEditor;
  const saveAndTest = async () => {
    await getBackendSrv().put(`/api/datasources/uid/${settings.uid}`, settings);
    await getDataSourceSrv().reload();
    const instance = await getDataSourceSrv().get(settings.uid);
    const tested = await instance.testDatasource().catch((error: unknown) => ({
      status: 'error',
      message: error instanceof Error ? error.message : String(error),
    }));
    setResult(tested as TestResult);
  };
  return (
    <>
      {Editor !== undefined && <Editor options={settings} onOptionsChange={setSettings} />}
      {result !== undefined && (
        <Alert severity={result.status === 'error' ? 'error' : 'success'} title={result.message} />
      )}
      <Button onClick={() => void saveAndTest()}>Save &amp; test</Button>
    </>
  );
};

/** Settings of one data source, with its own editor. */
export const DataSourcePage = () => {
  const { uid = '' } = useParams();
  const { value, error } = useLoaded(() => load(uid), uid);
  return (
    <PluginPage pageNav={{ text: value?.settings.name ?? uid }}>
      {error !== undefined && <Alert title="The data source could not be opened">{error}</Alert>}
      {value === undefined && error === undefined && <LoadingPlaceholder text="" />}
      {value !== undefined && <Settings {...value} />}
    </PluginPage>
  );
};
