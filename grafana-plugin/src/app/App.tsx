import type { AppRootProps } from '@grafana/data';

/** The app's pages. */
export const App = ({ meta }: AppRootProps) => <h1>{meta.name}</h1>;
