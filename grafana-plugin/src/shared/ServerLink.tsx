import { locationUtil } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import type { MouseEvent, ReactNode } from 'react';
import { serverUrl } from './routes';

/** Address of a server's page as a browser needs it, below Grafana's own root. */
export function serverHref(server: string): string {
  return locationUtil.assureBaseUrl(serverUrl(server));
}

/** Goes to a server's page without loading Grafana anew. A click with a modifier is left to the browser: a new tab. */
export function followServer(event: MouseEvent | undefined, server: string): void {
  if (event !== undefined) {
    const ownTab = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button > 0;
    if (ownTab || event.defaultPrevented) return;
    event.preventDefault();
  }
  locationService.push(serverUrl(server));
}

export interface ServerLinkProps {
  readonly server: string;
  readonly className?: string;
  readonly children?: ReactNode;
}

/** A server's name as a link to its page. */
export const ServerLink = ({ server, className, children }: ServerLinkProps) => (
  <a href={serverHref(server)} className={className} onClick={(event) => followServer(event, server)}>
    {children ?? server}
  </a>
);
