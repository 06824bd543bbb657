/** What a login leaves behind in this tab for its answer; see RFC 7636 §4.1 and OpenID Connect Core §3.1.2.1. */
export interface LoginFlow {
  readonly verifier: string
  /** Null where no ID token was asked for. */
  readonly nonce: string | null
  readonly returnTo: string | null
}

/** Those of an authorization response (RFC 6749 §4.1.2, RFC 9207 §2, OpenID Connect Session Management §3). */
const PARAMETERS = [
  'code',
  'state',
  'iss',
  'session_state',
  'error',
  'error_description',
  'error_uri',
]

const keyOf = (name: string, state: string): string => `vue-auth-refresh-oauth2 ${name} ${state}`

export const keepFlow = (name: string, state: string, flow: LoginFlow): void =>
  sessionStorage.setItem(keyOf(name, state), JSON.stringify(flow))

/** The login that this is the answer to, once; null for another tab's, another provider's and one already taken. */
export function takeFlow(name: string, state: string): LoginFlow | null {
  const key = keyOf(name, state)
  const kept = sessionStorage.getItem(key)
  sessionStorage.removeItem(key)
  return kept && JSON.parse(kept)
}

/** The answer in the URL, which is there no more afterwards; null where there is none. */
export function takeAnswer(): URLSearchParams | null {
  const url = new URL(location.href)
  const answer = new URLSearchParams(url.search)
  if (!answer.has('code') && !answer.has('error')) return null
  for (const name of PARAMETERS) url.searchParams.delete(name)
  const { state } = history
  // vue-router keeps the path of an entry in its state, and writes it back into the URL when the entry is left.
  const current = state?.current?.replace(/\?[^#]*/, url.search)
  history.replaceState(current ? { ...state, current } : state, '', url)
  return answer
}
