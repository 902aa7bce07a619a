import type { PluginPageProps } from '@grafana/runtime';

/** What of Grafana's page frame a person reads: title, sentence below it, actions, content. */
export const FakePluginPage = ({ pageNav, subTitle, actions, children }: PluginPageProps) => (
  <main>
    <h1>{pageNav?.text}</h1>
    <p>{subTitle}</p>
    <div>{actions}</div>
    {children}
  </main>
);
