/** What a key may do. Scopes are explicit; only `admin` includes the other two. */
export const SCOPES = ['read', 'ingest', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** What a route asks for; `open` needs no key. */
export const ROUTE_SCOPES = ['open', ...SCOPES] as const;
export type RouteScope = (typeof ROUTE_SCOPES)[number];

export function isScope(text: string): text is Scope {
  return (SCOPES as readonly string[]).includes(text);
}

/** Whether a key with these scopes may do what needs `wanted`. */
export function scopesAllow(held: readonly Scope[], wanted: Scope): boolean {
  return held.includes(wanted) || held.includes('admin');
}
