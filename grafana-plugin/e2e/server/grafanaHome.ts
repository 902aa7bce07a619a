import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join, resolve } from 'node:path';
import { StartError } from './errors.ts';

export interface GrafanaHome {
  readonly home: string;
  readonly binary: string;
}

/** Where Linux packages put Grafana's home. */
const PACKAGED_HOME = '/usr/share/grafana';

function isHome(folder: string): boolean {
  return existsSync(join(folder, 'conf', 'defaults.ini')) && existsSync(join(folder, 'public'));
}

/** `grafana` on PATH, its links followed. */
export function grafanaOnPath(path = process.env.PATH ?? ''): string | undefined {
  const found = path
    .split(delimiter)
    .map((folder) => join(folder, 'grafana'))
    .find(existsSync);
  return found === undefined ? undefined : realpathSync(found);
}

/**
 * Finds the Grafana to run: the home folder named, else that of `grafana` on PATH.
 * @returns undefined where no folder is named and none is installed
 * @throws StartError where the folder named is no Grafana's home
 */
export function findGrafana(folder: string | undefined): GrafanaHome | undefined {
  if (folder !== undefined) {
    const home = resolve(folder);
    const binary = [join(home, 'bin', 'grafana'), grafanaOnPath()].find(
      (file) => file !== undefined && existsSync(file),
    );
    if (!isHome(home) || binary === undefined) {
      throw new StartError(
        `${home} is not a Grafana home folder: it needs bin/grafana, conf/defaults.ini and public/. Unpack a Grafana archive and name its folder by --grafana.`,
      );
    }
    return { home, binary };
  }
  const binary = grafanaOnPath();
  if (binary === undefined) return undefined;
  const home = [dirname(dirname(binary)), PACKAGED_HOME].find(isHome);
  if (home === undefined) {
    throw new StartError(
      `grafana is on PATH (${binary}), but its home folder was not found: name it by --grafana, or --preview for the preview.`,
    );
  }
  return { home, binary };
}
