import type { AppRootProps } from '@grafana/data';
import { QueryClientProvider } from '@tanstack/react-query';
import { useState } from 'react';
import { Navigate, Route, Routes } from 'react-router-dom';
import { DEFAULT_DATA_SOURCE_UID } from '../constants';
import { ArgusConnectionProvider, useArgusConnection } from '../data/clientContext';
import type { ArgusAppSettings } from '../data/instance';
import { PAGE, pageUrl } from '../shared/routes';
import { createPageQueries } from './queries';
import { argusApp } from './scenes/argusApp';

const Pages = () => {
  const { instance } = useArgusConnection();
  const [app] = useState(() => argusApp(instance?.uid ?? DEFAULT_DATA_SOURCE_UID));
  const toFleet = <Navigate to={pageUrl('fleet')} replace />;
  return (
    <Routes>
      <Route index element={toFleet} />
      <Route path={PAGE.server} element={toFleet} />
      <Route path="*" element={<app.Component model={app} />} />
    </Routes>
  );
};

/** The app's pages. */
export const App = ({ meta }: AppRootProps<ArgusAppSettings>) => {
  const [queries] = useState(createPageQueries);
  return (
    <QueryClientProvider client={queries}>
      <ArgusConnectionProvider settings={meta.jsonData}>
        <Pages />
      </ArgusConnectionProvider>
    </QueryClientProvider>
  );
};
