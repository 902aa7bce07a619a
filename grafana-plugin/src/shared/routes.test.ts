import { locationService } from '@grafana/runtime';
import { matchRoutes } from 'react-router-dom';
import { serverOfParameter, serverUrl } from './routes';

/** The name that arrives at the page, through the history that Grafana uses and the router. */
function arriving(server: string): string | undefined {
  locationService.push(serverUrl(server));
  const { pathname } = locationService.getLocation();
  const routes = [{ path: '/a/argus-app/servers/:server' }];
  const parameter = matchRoutes(routes, pathname)?.[0]?.params.server;
  return parameter === undefined ? undefined : serverOfParameter(parameter);
}

test.each([
  'ppdb001',
  'rack1/host7',
  '/etc/passwd',
  'a%2Fb',
  '100%',
  '%',
  '.',
  '..',
  '...',
  '~',
  '~p~~d',
  'C:\\host',
  '<script>alert("x")</script>',
  "O'Reilly & söhne #1?x=1",
  'сервер 一',
  'constructor',
])('the page of the server %p is of that server', (server) => {
  expect(arriving(server)).toBe(server);
});
