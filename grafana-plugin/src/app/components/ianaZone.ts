/** A time zone of Grafana's as the backend knows it: "browser" and "utc" are words of Grafana's only. */
export function ianaZone(timeZone: string): string {
  if (timeZone.toLowerCase() === 'utc') return 'UTC';
  if (timeZone === '' || timeZone === 'browser') return Intl.DateTimeFormat().resolvedOptions().timeZone;
  return timeZone;
}
