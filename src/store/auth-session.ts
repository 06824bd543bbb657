import { computed, shallowRef } from 'vue'
import type { AuthServices, AuthSession } from './auth-session-types'
import type { AuthStatus } from './auth-store-types'
import { AuthError } from '../errors'
import { createReauthentication } from './reauthentication'
import { remaining, type Session } from '../session/session'
import { createSessionKeeper } from '../session/session-keeper'
import type { AuthTokens } from '../session/token-response'
import { abortable, patiently } from '../utils/waiting'
import { createTokenExchange } from './token-exchange'
import { createUserLoader } from './user-loader'

/** Keeps the session of an app in the words of Vue: its state in refs, its actions as an application calls them. */
export function createAuthSession({
  options,
  shared,
  turns,
  http,
  runCallback,
  runLookUp,
  isLookingUp,
  emit,
  onSession,
  onStatus,
}: AuthServices): AuthSession {
  const { refreshTimeout } = options
  const { parse, exchange, inTurn } = createTokenExchange(options, () => http(false), runCallback)
  const status = shallowRef<AuthStatus>('restoring')
  const error = shallowRef<AuthError | null>(null)
  const session = shallowRef<Session | null>(null)
  const refreshing = shallowRef<Promise<string> | null>(null)
  /** Aborts the login that is under way. */
  let loggingIn = new AbortController()
  let beginning: Promise<void> | null = null
  /** The server is being told, and nobody has signed in since: where nobody is known, once is enough. */
  let isLeaving = false
  const users = createUserLoader({
    fetch: (signal) => runLookUp(() => options.fetchUser?.({ http: http(true), signal }), signal),
    onFailure: () => emit({ type: 'user-failed' }),
    timeout: refreshTimeout,
  })
  const { user } = users

  const keeper = createSessionKeeper(
    {
      ...shared,
      emit,
      classifyFailure: options.classifyFailure,
      exchange,
      onChange(next) {
        const before = session.value ?? keeper.lapse.session()
        // Where one takes the place of another, what was asked for that one is no answer for this one.
        if (next && before && next.id !== before.id) users.leave()
        session.value = next
        error.value = null
        onSession(next)
        if (next) {
          // What an outage kept from being fetched is fetched once the session is well again.
          if (status.value === 'authenticated' && !user.value) void users.load()
          return
        }
        user.value = null
        users.leave()
      },
      onJoin({ id }) {
        beginning = welcome(id, true)
        beginning.catch(() => {})
      },
      onFlight(flight) {
        refreshing.value = flight && flight.then(({ token }) => token)
        refreshing.value?.catch(() => {})
      },
      onFailure,
      // While the page is not shown yet there is nothing to lose by leaving it.
      mayLapse: () => !!options.reauthenticate && status.value === 'authenticated',
      onLapse(reason) {
        session.value = null
        error.value = reason
        onSession(null)
        users.leave()
        reauthentication.expect(user.value)
      },
      onWanted: (reason, over) => void reauthentication.ask(reason, over),
    },
    options,
  )
  const reauthentication = createReauthentication({ ...turns, options, keeper, giveUp })

  function onFailure(failure: AuthError): void {
    error.value = failure
    if (failure.code !== 'unreachable') {
      setStatus(failure.code === 'rejected' ? 'expired' : 'anonymous')
    }
  }

  function setStatus(next: AuthStatus, byUser = false): void {
    status.value = next
    onStatus(byUser)
  }

  /** Ends the session in use, and the one that has lapsed, for a reason that the application is shown. */
  function endWith(reason: AuthError): Session | null {
    return keeper.end(reason, () => onFailure(reason))
  }

  async function giveUp(reason: AuthError): Promise<void> {
    const ended = endWith(reason)
    if (ended) await keeper.forget(ended)
  }

  /** A session has begun: fetches its user before anybody is told. */
  async function welcome(id: string, adopted: boolean): Promise<void> {
    if (keeper.current()?.id === id) await users.load()
    const isResumed = reauthentication.isAnswer(stillIn(id), users.fetched())
    // Before another tab has its turn to ask.
    if (isResumed && !adopted) await keeper.keep(stillIn(id))
    if (isResumed) keeper.lapse.resume(stillIn(id))
    else if (keeper.lapse.session()) letGo(stillIn(id), adopted)
    setStatus('authenticated')
    emit({ type: isResumed ? 'session-resumed' : 'session-started', adopted })
  }

  function stillIn(id: string): Session {
    const current = keeper.current()
    if (current?.id !== id) throw error.value ?? keeper.lost()
    return current
  }

  /**
   * Somebody else has signed in while a lapsed session waited for its user.
   *
   * @throws {@link AuthError} `superseded` when that was here: what was asked for was another user
   */
  function letGo(begun: Session, adopted: boolean): void {
    const reason = new AuthError(
      'superseded',
      'Somebody else has signed in, or nobody can tell: see `isSameUser`.',
    )
    if (adopted) {
      keeper.lapse.end(reason)
      // Also where they could not be fetched: nobody sees the one before any more.
      user.value = users.fetched()
      emit({ type: 'session-ended', reason: reason.code, adopted })
      return
    }
    endWith(reason)
    void leave(begun)
    throw reason
  }

  /** Removes an ended session from storage, and tells the server. */
  const leave = async (ended: Session): Promise<void> => {
    // The server is to know, whatever happens here.
    const { signal } = new AbortController()
    const logout = (): Promise<unknown> | undefined =>
      options.logout?.(ended, { http: http(false), signal })
    // First: the callback may leave the page.
    const forgotten = keeper.forget(ended)
    await patiently(() => inTurn(logout, signal, forgotten), refreshTimeout)
  }

  async function start(tokens: AuthTokens): Promise<void> {
    await welcome((await keeper.start(tokens)).id, false)
  }
  const begin = (tokens: AuthTokens): Promise<void> => (beginning = start(tokens))

  async function restore(): Promise<void> {
    const restored = await keeper.restore()
    // In an outage the user cannot be fetched either, and is once it is over.
    if (restored && !error.value) await users.load()
    // A session that begins meanwhile decides.
    await beginning?.catch(() => {})
    if (status.value !== 'restoring' || keeper.current()?.id !== restored?.id) return
    setStatus(restored ? 'authenticated' : 'anonymous')
    emit({ type: 'restored', authenticated: !!restored })
  }

  /** Aborts a login that is under way; the signal is for the one that takes its place. */
  function interruptLogin(reason: AuthError): AbortSignal {
    loggingIn.abort(reason)
    return (loggingIn = new AbortController()).signal
  }

  const hidden: AuthSession['hidden'] = {
    name: options.name,
    get token() {
      return session.value && session.value.token
    },
    get refreshToken() {
      return session.value && session.value.refreshToken
    },

    async login(credentials) {
      const signal = interruptLogin(new AuthError('superseded'))
      isLeaving = false
      const answer = inTurn(() => options.login(credentials, { http: http(false), signal }), signal)
      await begin(parse(await abortable(answer, signal)))
    },

    async logout() {
      const reason = new AuthError('signed-out')
      interruptLogin(reason)
      const before = beginning
      if (!keeper.isRestored()) await keeper.restored
      // Who has signed in since has not asked for this.
      if (beginning !== before) return
      const ended = keeper.end(reason, () => {
        error.value = null
        setStatus('anonymous', true)
      })
      if (!ended || (isLeaving && !ended.token)) return
      isLeaving = true
      await leave(ended)
      isLeaving = false
    },

    async refresh() {
      await keeper.restored
      return (await keeper.refresh('manual')).token
    },

    async getAccessToken() {
      const whose = isLookingUp() ? keeper.newcomer : keeper.owner
      await keeper.restored
      if (!whose()) await keeper.looking()
      const owner = whose()
      return (await (owner === null ? keeper.refresh('manual') : keeper.acquire(owner))).token
    },

    async setSession(tokens) {
      const parsed = parse(tokens)
      interruptLogin(new AuthError('superseded'))
      await begin(parsed)
    },
  }

  return {
    view: {
      status: computed(() => status.value),
      isAuthenticated: computed(() => status.value === 'authenticated'),
      isRefreshing: computed(() => !!refreshing.value),
      user: computed(() => user.value),
      error: computed(() => error.value),
      refreshing: computed(() => refreshing.value),
      expiresAt: computed(() =>
        session.value?.lifetime ? Date.now() + remaining(session.value) : null,
      ),
    },
    hidden,
    keeper,
    restore,
    loadUser: users.load,
    dispose() {
      const reason = new AuthError('signed-out')
      interruptLogin(reason)
      keeper.dispose(reason)
      users.leave()
    },
  }
}
