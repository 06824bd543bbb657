import type { SessionMode } from 'vue-auth-refresh'

const key = 'demo-session-mode'

/** The ways to carry tokens: where the endpoints of each are, and what a visitor is told. */
export const modes: Record<SessionMode, { endpoints: string; says: string; choose: string }> = {
  tokens: {
    endpoints: '/auth',
    says: 'In IndexedDB. Scripts can read it.',
    choose: 'Keep it in IndexedDB',
  },
  'refresh-cookie': {
    endpoints: '/auth/cookie',
    says: 'In an HttpOnly cookie. No script can read it.',
    choose: 'Keep it in a cookie',
  },
  cookies: {
    endpoints: '/auth/cookies',
    says: 'Both tokens are in HttpOnly cookies. No script can read either.',
    choose: 'Keep both tokens in cookies',
  },
  'access-token': {
    endpoints: '/auth/token',
    says: 'There is none. The access token is exchanged, also when it has expired.',
    choose: 'Do without it',
  },
}

const isMode = (value: string | null): value is SessionMode =>
  value !== null && Object.hasOwn(modes, value)

const chosen = localStorage.getItem(key)

/** The mode of sessions: chosen on the login page, for all tabs. */
export const sessionMode: SessionMode = isMode(chosen) ? chosen : 'tokens'

/** The modes that a visitor may change to. */
export const otherModes = Object.keys(modes)
  .filter(isMode)
  .filter((mode) => mode !== sessionMode)

/** Loads the page anew: `createAuth()` has been told already. */
export function changeMode(mode: SessionMode): void {
  localStorage.setItem(key, mode)
  location.reload()
}

addEventListener('storage', (event) => {
  if (event.key === key) location.reload()
})
