import { createContext, type ReactNode, useContext, useMemo } from 'react';
import type { ArgusClient } from './client';
import { type ArgusAppSettings, clientOf, findInstance, type InstanceChoice } from './instance';

export interface ArgusConnection extends InstanceChoice {
  readonly client: ArgusClient;
}

const Connection = createContext<ArgusConnection | undefined>(undefined);

interface Props {
  /** The app's jsonData. */
  readonly settings: ArgusAppSettings | undefined;
  readonly children: ReactNode;
}

/** Gives the pages below it the client of the data source in use. */
export function ArgusConnectionProvider({ settings, children }: Props) {
  const dataSourceUid = settings?.dataSourceUid;
  const connection = useMemo(() => {
    const choice = findInstance({ dataSourceUid });
    return { ...choice, client: clientOf(choice.instance) };
  }, [dataSourceUid]);
  return <Connection.Provider value={connection}>{children}</Connection.Provider>;
}

/** The data source in use and its client. */
export function useArgusConnection(): ArgusConnection {
  const connection = useContext(Connection);
  const own = useMemo(() => {
    if (connection !== undefined) return connection;
    const choice = findInstance();
    return { ...choice, client: clientOf(choice.instance) };
  }, [connection]);
  return own;
}

/** The client of the data source in use; its requests fail with not_configured where there is none. */
export function useArgusClient(): ArgusClient {
  return useArgusConnection().client;
}
