import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { HttpError } from './errors.ts';
import { isRole, type Role } from './roles.ts';

export interface User {
  readonly id: number;
  readonly login: string;
  readonly name: string;
  readonly password: string;
  readonly role: Role;
}

const SESSION_COOKIE = 'argus_preview_session';
const ROLE_COOKIE = 'argus_preview_role';
const THEME_COOKIE = 'argus_preview_theme';

/** Cookies of a request by name. */
export function cookiesOf(request: IncomingMessage): ReadonlyMap<string, string> {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim().split('='));
  return new Map(pairs.filter(([name]) => name !== '').map(([name, ...value]) => [name, value.join('=')]));
}

function cookie(name: string, value: string): string {
  return `${name}=${value}; Path=/; HttpOnly; SameSite=Lax`;
}

/**
 * People of the preview. Whoever is not signed in is its administrator, because it listens on loopback only; tests sign in
 * as users of the three roles, as they do in a real Grafana.
 */
export class Users {
  private readonly users = new Map<string, User>();
  private readonly sessions = new Map<string, string>();

  constructor() {
    this.add('admin', 'admin', 'Admin');
  }

  add(login: string, password: string, role: Role = 'Viewer'): User {
    if (this.users.has(login)) throw new HttpError(412, `User '${login}' already exists`);
    const user = { id: this.users.size + 1, login, name: login, password, role };
    this.users.set(login, user);
    return user;
  }

  byLogin(login: string): User {
    const user = this.users.get(login);
    if (user === undefined) throw new HttpError(404, 'user not found');
    return user;
  }

  setRole(id: number, role: unknown): void {
    const user = [...this.users.values()].find((candidate) => candidate.id === id);
    if (user === undefined) throw new HttpError(404, 'user not found');
    if (!isRole(role)) throw new HttpError(400, 'invalid role value');
    this.users.set(user.login, { ...user, role });
  }

  /** @returns the cookies that keep the user signed in */
  signIn(login: unknown, password: unknown): readonly string[] {
    const user = typeof login === 'string' ? this.users.get(login) : undefined;
    if (user === undefined || user.password !== password) {
      throw new HttpError(401, 'Invalid username or password');
    }
    const session = randomUUID();
    this.sessions.set(session, user.login);
    return [cookie(SESSION_COOKIE, session), `${ROLE_COOKIE}=; Path=/; Max-Age=0`];
  }

  private loginOf(request: IncomingMessage): string {
    const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ');
    if (scheme === 'Basic') {
      const [login = '', password] = Buffer.from(encoded, 'base64').toString().split(':');
      if (this.users.get(login)?.password !== password)
        throw new HttpError(401, 'Invalid username or password');
      return login;
    }
    return this.sessions.get(cookiesOf(request).get(SESSION_COOKIE) ?? '') ?? 'admin';
  }

  /** Whoever asks: the signed-in user, else the administrator; `?role=` and the switch in the header change the role. */
  of(request: IncomingMessage): User {
    const user = this.byLogin(this.loginOf(request));
    const role = cookiesOf(request).get(ROLE_COOKIE);
    return isRole(role) ? { ...user, role } : user;
  }
}

/** Cookies that remember what `?role=` and `?theme=` ask for. */
export function rememberedChoices(query: URLSearchParams): readonly string[] {
  const role = query.get('role');
  const theme = query.get('theme');
  return [
    ...(isRole(role) ? [cookie(ROLE_COOKIE, role)] : []),
    ...(theme === 'light' || theme === 'dark' ? [cookie(THEME_COOKIE, theme)] : []),
  ];
}

export function themeOf(request: IncomingMessage): 'light' | 'dark' {
  return cookiesOf(request).get(THEME_COOKIE) === 'light' ? 'light' : 'dark';
}
