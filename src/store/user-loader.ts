import { shallowRef, type ShallowRef } from 'vue'
import type { AuthOptions, AuthUser } from '../options'
import { callSafely } from '../utils/call-safely'
import { abortable, patiently } from '../utils/waiting'

export interface UserLoaderPorts {
  /** The application's `fetchUser`; undefined where it gives none. */
  fetch(signal: AbortSignal): Promise<AuthUser> | undefined
  /** Called when what was fetched is shown. */
  onFetched(): void
  onFailure(): void
  /** How long to wait for the user, in ms awake. */
  readonly timeout: number
}

/** The user of the session in use. */
export interface UserLoader {
  /** The user as the app shows them; null while no user is signed in, and where fetching has failed. */
  readonly user: ShallowRef<AuthUser | null>
  /** The user as fetched for the session in use. */
  fetched(): AuthUser | null
  /** Fetches the user, or joins the fetching. A late answer still counts. Resolves in time, and never rejects. */
  load(): Promise<unknown>
  /**
   * Fetches the user anew. Of several answers, that of the latest fetching counts.
   *
   * @throws what `fetchUser` rejects with; the reason of the abort once the session is over
   */
  reload(): Promise<void>
  /** Shows a user who was fetched otherwise. The answers of earlier fetchings do not count any more. */
  accept(fetched: AuthUser | null): void
  /** Aborts the fetching: the session is over. The app shows its user until {@link UserLoader.user} changes. */
  leave(): void
}

/** Asks the app whether two users are the same. One who could not be fetched is not. */
export const areSame = (
  isSameUser: NonNullable<AuthOptions['isSameUser']>,
  before: AuthUser | null,
  after: AuthUser | null,
): boolean =>
  before !== null &&
  after !== null &&
  callSafely('isSameUser', () => isSameUser(before, after), false)

export function createUserLoader({
  fetch,
  onFetched,
  onFailure,
  timeout,
}: UserLoaderPorts): UserLoader {
  const user = shallowRef<AuthUser | null>(null)
  let fetched: AuthUser | null = null
  let fetchController = new AbortController()
  /** Settles when the user is fetched, or it took too long; null while no user is being fetched. */
  let loading: Promise<unknown> | null = null
  /** The number of fetchings that have begun, and that of the one whose answer is shown. */
  let begun = 0
  let shown = 0

  async function show(signal: AbortSignal): Promise<void> {
    const mine = ++begun
    const answer = (await fetch(signal)) ?? null
    if (!signal.aborted && mine >= shown) accept(answer, mine)
  }

  function accept(answer: AuthUser | null, mine = ++begun): void {
    shown = mine
    user.value = fetched = answer
    onFetched()
  }

  async function load(signal: AbortSignal): Promise<void> {
    try {
      await show(signal)
    } catch {
      if (!signal.aborted) onFailure()
    }
    if (!signal.aborted) loading = null
  }

  return {
    user,
    fetched: () => fetched,
    load: () =>
      (loading ??= patiently(
        () => abortable(load(fetchController.signal), fetchController.signal),
        timeout,
      )),
    accept: (answer) => accept(answer),
    reload: () => abortable(show(fetchController.signal), fetchController.signal),
    leave() {
      fetched = loading = null
      fetchController.abort()
      fetchController = new AbortController()
    },
  }
}
