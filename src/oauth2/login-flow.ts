/** The part of a login that its answer needs, in this tab (RFC 7636 §4.1, OpenID Connect Core §3.1.2.1). */
export interface LoginFlow {
  readonly verifier: string
  /** The nonce of the ID token; null where the login asked for none. */
  readonly nonce: string | null
  readonly returnTo: string | null
}

/** The query of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Session Management §3). */
const ANSWER_PARAMETERS = [
  'code',
  'state',
  'iss',
  'session_state',
  'error',
  'error_description',
  'error_uri',
]

const keyOf = (name: string, state: string): string => `vue-auth-refresh-oauth2 ${name} ${state}`

export const storeFlow = (name: string, state: string, flow: LoginFlow): void =>
  sessionStorage.setItem(keyOf(name, state), JSON.stringify(flow))

/** Tells whether the login that began with this state awaits its answer, in this tab. */
export function hasFlow(name: string, state: string): boolean {
  try {
    return sessionStorage.getItem(keyOf(name, state)) !== null
  } catch {
    // No login has begun: the browser blocks the storage, or a server has none.
    return false
  }
}

/** Removes and returns the login that began with this state; null for one of another tab or provider, or a used one. */
export function takeFlow(name: string, state: string): LoginFlow | null {
  const key = keyOf(name, state)
  const stored = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  return stored && JSON.parse(stored)
}

/** Removes the answer from the URL and returns it; null where there is none. */
export function takeAnswer(): URLSearchParams | null {
  const url = new URL(location.href)
  const answer = new URLSearchParams(url.search)
  if (!answer.has('code') && !answer.has('error')) return null
  for (const name of ANSWER_PARAMETERS) url.searchParams.delete(name)
  const { state } = history
  // vue-router has the path of an entry in its state, and writes it back into the URL when the user leaves the entry.
  const current = state?.current?.replace(/\?[^#]*/, url.search)
  history.replaceState(current ? { ...state, current } : state, '', url)
  return answer
}
