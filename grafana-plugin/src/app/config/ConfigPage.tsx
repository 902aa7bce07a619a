import type { AppPluginMeta, PluginConfigPageProps } from '@grafana/data';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import type { ArgusAppSettings } from '../../data/instance';
import { createPageQueries } from '../queries';
import { TEST_IDS } from '../testIds';
import { Connection } from './Connection';

/** Where an administrator tells the app its backend. */
export const ConfigPage = ({ plugin }: PluginConfigPageProps<AppPluginMeta<ArgusAppSettings>>) => {
  const [queries] = useState(createPageQueries);
  return (
    <QueryClientProvider client={queries}>
      <div data-testid={TEST_IDS.config}>
        <Connection meta={plugin.meta} />
      </div>
    </QueryClientProvider>
  );
};
