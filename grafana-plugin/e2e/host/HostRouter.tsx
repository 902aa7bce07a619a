import { locationService } from '@grafana/runtime';
import { type ReactNode, useLayoutEffect, useState } from 'react';
import { type Navigator, Router } from 'react-router';

const history = locationService.getHistory();

/** react-router's way into the location service, which everything else in Grafana navigates by. */
const navigator: Navigator = {
  createHref: (to) => (typeof to === 'string' ? to : history.createHref(to)),
  push: (to, state) => history.push(to as Parameters<typeof history.push>[0], state),
  replace: (to, state) => history.replace(to as Parameters<typeof history.replace>[0], state),
  go: (delta) => history.go(delta),
};

/** Router of the host and of the plugins' pages, which share react-router. */
export const HostRouter = ({ children }: { readonly children: ReactNode }) => {
  const [location, setLocation] = useState(history.location);
  useLayoutEffect(() => history.listen(setLocation), []);
  return (
    <Router location={{ ...location, key: location.key ?? 'default' }} navigator={navigator}>
      {children}
    </Router>
  );
};
