import { ThemeContext } from '@grafana/data';
import { config, LocationServiceProvider, locationService } from '@grafana/runtime';
import { GlobalStyles, ModalRoot, ModalsProvider, PortalContainer } from '@grafana/ui';
import { useEffect } from 'react';
import { Navigate, Route, Routes } from 'react-router';
import { AppPage } from './AppPage';
import { bootData } from './bootData';
import { ConfigPage } from './ConfigPage';
import { DashboardPage } from './DashboardPage';
import { DashboardsPage } from './DashboardsPage';
import { DataSourcePage } from './DataSourcePage';
import { HostRouter } from './HostRouter';
import { Layout } from './Layout';
import { followLinks } from './links';
import { NotInPreview } from './NotInPreview';
import { Toasts } from './Toasts';

const home = bootData.navTree[0]?.url ?? '/dashboards';

const Pages = () => (
  <Routes>
    <Route path="/" element={<Navigate to={home} replace />} />
    <Route path="/a/:pluginId/*" element={<AppPage />} />
    <Route path="/plugins/:pluginId" element={<ConfigPage />} />
    <Route path="/dashboards" element={<DashboardsPage />} />
    <Route path="/d/:uid/*" element={<DashboardPage />} />
    <Route path="/connections/datasources/edit/:uid" element={<DataSourcePage />} />
    <Route path="*" element={<NotInPreview />} />
  </Routes>
);

/** The host page: the part of Grafana that a plugin's pages stand in. */
export const Host = () => {
  useEffect(() => followLinks(document), []);
  return (
    <ThemeContext.Provider value={config.theme2}>
      <GlobalStyles />
      <LocationServiceProvider service={locationService}>
        <ModalsProvider>
          <HostRouter>
            <Layout>
              <Pages />
            </Layout>
            <ModalRoot />
          </HostRouter>
          <Toasts />
          <PortalContainer />
        </ModalsProvider>
      </LocationServiceProvider>
    </ThemeContext.Provider>
  );
};
