/** Errors in Argus's log. */
import { existsSync, readFileSync } from 'node:fs';

const ERROR_LEVEL = 50;
const MOST = 20;
/** What Node says when somebody attaches a profiler. */
const INSPECTOR_NOTICE = /^(Debugger (listening|attached|ending)|For help, see: https:\/\/nodejs\.org)/;

/** Messages of level error and above, each once with how often it came; what is no JSON was not written by the logger. */
export function errorsLogged(path: string): readonly string[] {
  if (!existsSync(path)) return [];
  const counts = new Map<string, number>();
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const message = errorOf(line);
    if (message !== undefined) counts.set(message, (counts.get(message) ?? 0) + 1);
  }
  return [...counts]
    .slice(0, MOST)
    .map(([message, count]) => (count === 1 ? message : `${message} (${count} times)`));
}

function errorOf(line: string): string | undefined {
  if (line.trim() === '' || INSPECTOR_NOTICE.test(line)) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      readonly level: number;
      readonly msg?: string;
      readonly err?: { readonly message?: string };
    };
    if (level < ERROR_LEVEL) return undefined;
    return [msg, err?.message].filter((part) => part !== undefined).join(': ');
  } catch {
    return line;
  }
}
