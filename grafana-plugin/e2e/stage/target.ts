/** The Grafana, real or previewed, that the specs run against, and its data source on our backend. */

const DATA_SOURCE = {
  uid: 'argus',
  name: 'Argus',
  type: 'argus-datasource',
  access: 'proxy',
  isDefault: true,
};

export interface Secrets {
  readonly apiKey: string;
  readonly adminKey: string;
}

export class Target {
  readonly url: string;
  readonly #authorization: string;

  /** @param admin `user:password` of a server administrator */
  constructor(url: string, admin: string) {
    this.url = url.replace(/\/$/, '');
    this.#authorization = `Basic ${Buffer.from(admin).toString('base64')}`;
  }

  /**
   * Points the data source `argus` to a backend, making it where it is missing.
   * @returns a function that puts its address back as it was; the keys it had cannot be read back
   */
  async point(url: string, secureJsonData: Secrets): Promise<() => Promise<void>> {
    const before = await this.#ask('GET', `/api/datasources/uid/${DATA_SOURCE.uid}`);
    const settings = { ...DATA_SOURCE, url, jsonData: {}, secureJsonData };
    if (before.status === 404) {
      await this.#mustAnswer('POST', '/api/datasources', settings);
      return () => this.#mustAnswer('DELETE', `/api/datasources/uid/${DATA_SOURCE.uid}`);
    }
    const { url: urlBefore, jsonData } = (await before.json()) as { url: string; jsonData: unknown };
    const path = `/api/datasources/uid/${DATA_SOURCE.uid}`;
    await this.#mustAnswer('PUT', path, settings);
    return () => this.#mustAnswer('PUT', path, { ...DATA_SOURCE, url: urlBefore, jsonData });
  }

  /** The version that Grafana, or the preview, says it is. */
  async version(): Promise<string> {
    const { version } = (await (await this.#ask('GET', '/api/health')).json()) as { version: string };
    return version;
  }

  #ask(method: string, path: string, body?: unknown): Promise<Response> {
    const headers = { authorization: this.#authorization, 'content-type': 'application/json' };
    return fetch(`${this.url}${path}`, {
      method,
      headers,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  async #mustAnswer(method: string, path: string, body?: unknown): Promise<void> {
    const response = await this.#ask(method, path, body);
    if (response.ok) return;
    throw new Error(`${this.url}${path} answered ${response.status}: ${await response.text()}`);
  }
}
