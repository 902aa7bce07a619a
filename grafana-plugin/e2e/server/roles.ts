/** Grafana's basic roles, each holding the rights of those before it. */
export const ROLES = ['Viewer', 'Editor', 'Admin'] as const;
export type Role = (typeof ROLES)[number];

export function isRole(text: unknown): text is Role {
  return typeof text === 'string' && (ROLES as readonly string[]).includes(text);
}

/** Whether `role` has the rights of `wanted`; no role wanted means that anyone signed in may. */
export function hasRole(role: Role, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === '') return true;
  return isRole(wanted) && ROLES.indexOf(role) >= ROLES.indexOf(wanted);
}
