import { APP_URL } from '../constants';

/** Paths of the app's pages, below /a/argus-app. */
export const PAGE = {
  fleet: 'fleet',
  server: 'servers',
  alerts: 'alerts',
  models: 'models',
} as const;

/** Page of one server. The name may hold any character: it is percent-encoded as one path segment. */
export function serverUrl(server: string): string {
  return `${APP_URL}/${PAGE.server}/${encodeURIComponent(server)}`;
}

export function pageUrl(page: Exclude<keyof typeof PAGE, 'server'>): string {
  return `${APP_URL}/${PAGE[page]}`;
}
