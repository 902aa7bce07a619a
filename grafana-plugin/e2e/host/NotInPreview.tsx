import { EmptyState } from '@grafana/ui';
import { useLocation } from 'react-router';
import { PluginPage } from './PluginPage';

/** What the preview says for a page that is Grafana's own. */
export const NotInPreview = () => {
  const { pathname } = useLocation();
  return (
    <PluginPage pageNav={{ text: 'Grafana only' }}>
      <EmptyState variant="call-to-action" message="This page is part of Grafana">
        The preview shows the plugin only. In a Grafana with the plugin installed, {pathname} leads to it.
      </EmptyState>
    </PluginPage>
  );
};
