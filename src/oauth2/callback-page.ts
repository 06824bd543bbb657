import type { RouteLocationNormalized, Router } from 'vue-router'
import { findFlow } from './login-flow'

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

/** The path of the page with an answer that was taken. It stays open until the user leaves it, whatever comes of it. */
let openPath: string | undefined

/** Tells whether this is the page for an answer that a login at this provider awaits, or for one that was just taken. */
export const isCallbackOf = (name: string, { path, query }: RouteLocationNormalized): boolean =>
  path === openPath || findFlow(query['state'])?.name === name

/** Closes the page again, because the user has signed in. */
export const closePage = (): void => (openPath = undefined)

/** The answer in the URL; null where there is none. */
export function findAnswer(): URLSearchParams | null {
  const answer = new URLSearchParams(location.search)
  return answer.has('code') || answer.has('error') ? answer : null
}

/** Removes the answer from the URL. */
export function removeAnswer(): void {
  const url = new URL(location.href)
  for (const name of ANSWER_PARAMETERS) url.searchParams.delete(name)
  const { state } = history
  // vue-router has the path of an entry in its state, and writes it back into the URL when the user leaves the entry.
  const path: unknown = state?.current
  const current = typeof path === 'string' && path.replace(/\?[^#]*/, url.search)
  history.replaceState(current ? { ...state, current } : state, '', url)
}

/**
 * Removes the answer from the route, too: later entries of the history name it.
 *
 * @param isAwaited whether a login of this tab awaited the answer; then its page stays open
 */
export async function clearRoute(router: Router, isAwaited: boolean): Promise<void> {
  await router.isReady()
  const { path, query, hash } = router.currentRoute.value
  if (!('code' in query || 'error' in query)) return
  const others = { ...query }
  for (const name of ANSWER_PARAMETERS) delete others[name]
  if (isAwaited) {
    openPath = path
    const stop = router.afterEach((to) => {
      if (to.path === openPath) return
      openPath = undefined
      stop()
    })
  }
  await router.replace({ path, query: others, hash })
}
