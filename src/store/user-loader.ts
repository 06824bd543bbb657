import { shallowRef, type ShallowRef } from 'vue'
import type { AuthUser } from '../options'
import { abortable, patiently } from '../utils/waiting'

export interface UserLoaderPorts {
  /** The application's `fetchUser`; undefined where it gives none. */
  fetch(signal: AbortSignal): Promise<AuthUser> | undefined
  onFailure(): void
  /** How long anybody waits for it, in ms awake. */
  readonly timeout: number
}

/** The user of the session in use. */
export interface UserLoader {
  /** What is shown; null while nobody is signed in, and where fetching has failed. */
  readonly user: ShallowRef<AuthUser | null>
  /** What was fetched for the session in use. */
  fetched(): AuthUser | null
  /** Fetches the user, once at a time; an answer that comes too late to be waited for still counts. Never rejects. */
  load(): Promise<unknown>
  /** The session is over. Its user is shown until there is another one or {@link UserLoader.user} is emptied. */
  leave(): void
}

export function createUserLoader({ fetch, onFailure, timeout }: UserLoaderPorts): UserLoader {
  const user = shallowRef<AuthUser | null>(null)
  let fetched: AuthUser | null = null
  let stay = new AbortController()
  /** The waiting for the user that is being fetched. */
  let loading: Promise<unknown> | null = null

  async function load(signal: AbortSignal): Promise<void> {
    try {
      const answer = (await fetch(signal)) ?? null
      if (!signal.aborted) user.value = fetched = answer
    } catch {
      if (!signal.aborted) onFailure()
    }
    if (!signal.aborted) loading = null
  }

  return {
    user,
    fetched: () => fetched,
    load: () => (loading ??= patiently(() => abortable(load(stay.signal), stay.signal), timeout)),
    leave() {
      fetched = loading = null
      stay.abort()
      stay = new AbortController()
    },
  }
}
