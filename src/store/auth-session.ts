import { computed, shallowRef } from 'vue'
import { AuthError, isAuthError } from '../errors'
import type { AuthEventDetail } from '../events'
import type { AuthContext, AuthCredentials, AuthUser, ResolvedOptions } from '../options'
import { claimsOf, isSameAuthentication, isSameSubject } from '../session/jwt'
import { responseOf } from '../session/error-response'
import { redact, withoutRequest } from '../session/redact'
import type { IsSameUser } from '../session/refresh-target'
import type { Requests } from '../session/requests'
import { requestsOf } from '../session/requests-of'
import { remaining, toSession, tokensOf, type Session } from '../session/session'
import { cookieTokens, hasCookie, hasToken } from '../session/session-mode'
import {
  createSessionKeeper,
  type Ended,
  type SessionKeeper,
  type SessionKeeperPorts,
} from '../session/session-keeper'
import { refusedOf, sessionOf, targetIdOf } from '../session/session-state'
import type { SharedSession } from '../session/shared-session'
import type { AgedTokens } from '../session/token-response'
import { callSafely } from '../utils/call-safely'
import { newId } from '../utils/new-id'
import { isObject, isSameData, ownMembers } from '../utils/unknown-data'
import { once } from '../utils/once'
import { abortable, createLatch, inTime, patiently } from '../utils/waiting'
import { warn } from '../utils/warn'
import type {
  AuthActions,
  AuthSecrets,
  AuthStatus,
  AuthStore,
  AuthView,
  SessionOptions,
} from './auth-store-types'
import {
  createReauthentication,
  type AskedStepUp,
  type ReauthenticationPorts,
} from './reauthentication'
import { createTellServer, isDenied } from './tell-server'
import { fromStoredUser, toStoredUser } from './stored-user'
import { createTokenExchange } from './token-exchange'
import { areSame, createUserLoader } from './user-loader'

/** The world as a session needs it; `createAuth` makes it of the options. */
export interface AuthServices {
  readonly options: ResolvedOptions
  readonly shared: SharedSession
  /** The page of this tab, and the turn to ask its user. */
  readonly page: Pick<SessionKeeperPorts, 'isOnline' | 'online' | 'isShown' | 'onActivity'> &
    Pick<ReauthenticationPorts, 'shown' | 'takeTurn'> & {
      /** Calls back each time that a network comes. Returns a function that stops it. */
      onOnline(callback: () => void): () => void
    }
  /** The first protected instance of the app. */
  readonly axios: AuthContext['http']
  /**
   * An instance without interceptors, for a callback. Its requests carry no token, that of the session in use (`user`),
   * or that of a session that is not in use.
   */
  http(as: 'nobody' | 'user' | Session): AuthContext['http']
  /** Runs a callback, and marks its signal, so that its requests do not wait. */
  runCallback<T>(callback: () => T, signal?: AbortSignal): T
  /** Runs `fetchUser`. Its requests do not wait until the user is known: they find it out. */
  runFetchUser<T>(callback: () => T, requests: Requests, signal: AbortSignal): T
  /** The session that serves the `fetchUser` which is running now, synchronously. */
  fetchingUser(): Requests | undefined
  emit(event: AuthEventDetail): void
  /** A session began or ended here, not in another tab. */
  onOwnChange(): void
  /** Another token is in use, or none. */
  onSession(session: Session | null): void
  /**
   * A user has signed in or out, or was fetched anew, or it has become known that no user is signed in.
   *
   * @param byUser whether the user has just asked for this in this tab
   */
  onStatus(byUser: boolean): void
}

/** The session of one app: what its store shows, and what only `createAuth` needs of it. */
export interface AuthSession {
  readonly view: AuthView
  readonly hidden: AuthActions & AuthSecrets & Pick<AuthStore, 'name' | 'axios'>
  readonly keeper: SessionKeeper
  /** Reads the stored session. Requests can use it from then on. */
  read(): Promise<boolean>
  /** Reads the stored session, where that has not begun, and fetches its user, unless a stored one is shown. */
  restore(): Promise<void>
  /** Fetches the user; waits for as long as a refresh may take. Never rejects. */
  loadUser(): Promise<unknown>
  dispose(): void
}

/** Whether the user of newer tokens is that of the session. */
interface Compared {
  readonly isSame: boolean
  /** That user, where it was the app that compared them. */
  readonly user?: AuthUser | null
}

const otherUser = (): AuthError =>
  new AuthError('superseded', 'Another or an unknown user has signed in: see `isSameUser`.')

function checkMinValidity(minValidity: number | undefined): void {
  if (minValidity !== undefined && !(Number.isFinite(minValidity) && minValidity >= 0)) {
    throw new TypeError('getAccessToken(): `minValidity` must be a duration in milliseconds.')
  }
}

function checkRemember(remember: unknown): void {
  if (remember !== undefined && typeof remember !== 'boolean') {
    throw new TypeError('login() and setSession(): `remember` must be true or false.')
  }
}

/** Shows the session of an app in refs, and offers its actions as an application calls them. */
export function createAuthSession({
  options,
  shared,
  page,
  axios,
  http,
  runCallback,
  runFetchUser,
  fetchingUser,
  emit,
  onOwnChange,
  onSession,
  onStatus,
}: AuthServices): AuthSession {
  const { refreshTimeout } = options
  const mode = options.session
  const { parse, exchange, oneAtATime } = createTokenExchange(
    options,
    http,
    runCallback,
    options.fetchUser && !hasToken(mode) ? findUser : undefined,
  )
  const isSignedIn = (): boolean => current() !== null
  const server = createTellServer({ options, shared, exchange, oneAtATime, http, isSignedIn, emit })
  const status = shallowRef<AuthStatus>('restoring')
  const error = shallowRef<AuthError | null>(null)
  const session = shallowRef<Session | null>(null)
  const flight = shallowRef<Promise<Session> | null>(null)
  const endsAt = shallowRef<number | null>(null)
  /** The answer that the last session began with, its id and token; null once the user was fetched with it. */
  let firstAnswer: {
    readonly id: string | undefined
    readonly token: string | null
    readonly response: unknown
  } | null = null
  /** The user whom a search has found by `fetchUser`, for the session that begins; null once shown. */
  let foundUser: { readonly id: string | undefined; readonly user: AuthUser } | null = null
  /** The login that is under way. Two clicks are one. */
  let login: {
    readonly credentials: unknown
    readonly remember: unknown
    readonly done: Promise<void>
  } | null = null
  /** Aborts it. */
  let loginController = new AbortController()
  /** The tokens of the session that began last. */
  let begun: AgedTokens | null = null
  /** Settles when the user of the session that began last is known. */
  let beginning: Promise<void> | null = null
  let reading: Promise<boolean> | undefined
  let isStarting = true
  let isDisposed = false
  /** Whether the user who is shown was stored, and not fetched yet. */
  let isStored = false
  /** Opened when the start has shown a stored user. */
  const shown = createLatch()
  const warnOfUser = once((why: string) =>
    warn(`\`storeUser\`: the user is not stored: ${why}.`, 'the-user-is-not-stored'),
  )
  /** Settles when the server was told of a logout; null where it was, or a login has come since. */
  let loggingOut: Promise<unknown> | null = null
  const users = createUserLoader({
    fetch: (signal) => fetchUser('user', keeper.requests, signal),
    onFetched() {
      storeUser()
      if (!isStored) return
      isStored = false
      // The roles of the user may be others by now.
      onStatus(false)
    },
    onFailure: () => emit({ type: 'user-failed' }),
    timeout: refreshTimeout,
  })
  const { user } = users

  function fetchUser(as: Session | 'user', requests: Requests, signal: AbortSignal) {
    const session = as === 'user' ? current() : as
    if (foundUser && foundUser.id === session?.id) {
      const { user } = foundUser
      foundUser = null
      return Promise.resolve(user)
    }
    const isFirst = firstAnswer?.id === session?.id && firstAnswer?.token === session?.token
    const answer = isFirst ? firstAnswer : null
    if (answer && as === 'user') firstAnswer = null
    const tokenResponse = answer?.response ?? null
    const context = { http: http(as), signal, claims: claimsOf(session?.idToken), tokenResponse }
    return runFetchUser(() => options.fetchUser?.(context), requests, signal)
  }

  /**
   * Asks by `fetchUser` itself who the user of the cookies is. Resolves with false where it says that no user is, as with
   * an access token that has expired: then a refresh tells.
   */
  async function findUser(signal: AbortSignal): Promise<boolean> {
    const id = targetIdOf(keeper.state())
    const asked = toSession(cookieTokens())
    try {
      const user = await fetchUser(asked, requestsOf(asked), signal)
      // An empty answer names no user either.
      if (!user) return false
      foundUser = { id, user }
      return true
    } catch (error) {
      const isRefused = (): boolean => options.classifyFailure(error) === 'rejected'
      if (callSafely('classifyFailure', isRefused, false)) return false
      if (await isDenied(error, options)) return false
      throw error
    }
  }

  /** Fetches the user of newer tokens, and asks the app whether it is that of the session. */
  async function askApp(
    ...[session, tokens, signal]: Parameters<IsSameUser>
  ): Promise<Compared | undefined> {
    const before = users.fetched() ?? (isStored ? user.value : null)
    if (before === null || !options.isSameUser) return undefined
    const next = toSession(tokens, session)
    // A signal of its own: by the given one, requests are known as those of `login` or `refresh`, and go without a token.
    const controller = new AbortController()
    const answer = Promise.resolve(fetchUser(next, requestsOf(next), controller.signal))
    try {
      const after = (await abortable(answer, signal)) ?? null
      return { user: after, isSame: areSame(options.isSameUser, before, after) }
    } catch (reason) {
      controller.abort(reason)
      if (signal.aborted) throw reason
      // It becomes the cause of a failed refresh, which knows the tokens before alone.
      const cause = redact(reason, ...Object.values(tokensOf(next)))
      throw Object.assign(cause, { response: responseOf(reason) })
    }
  }

  const isSameUser: IsSameUser = async (...asked) => (await askApp(...asked))?.isSame

  const keeper = createSessionKeeper(
    {
      shared,
      ...page,
      onEndsAt: (at) => (endsAt.value = at),
      emit,
      exchange,
      isSameUser,
      onState,
      onUntold: tellAgain,
      askToStepUp: (...asked) => reauthentication.askToStepUp(...asked, user.value),
    },
    {
      ...options,
      canLapse: options.reauthenticate !== undefined,
    },
  )
  const current = (): Session | null => sessionOf(keeper.state())
  const stopListening = page.onOnline(() => {
    if (hasCookie(mode)) tellAgain(null)
    if (isStored) void users.load()
  })
  const reauthentication = createReauthentication({ ...page, options, keeper, whenSignedIn })

  function tellAgain(ended: Ended | null): void {
    const told = ended ? server.tell(ended) : server.tellAgain()
    told.catch(() => {})
  }

  /** Mirrors the state into refs, and has the user fetched, asked or led elsewhere. */
  function onState(
    ...[state, before, adopted, failure]: Parameters<SessionKeeperPorts['onState']>
  ) {
    flight.value = keeper.refreshing()
    if (failure) error.value = failure
    if (state === before) return
    const next = sessionOf(state)
    const previous = sessionOf(before)
    const isOther = next?.id !== previous?.id
    if (isOther) {
      users.leave()
      isStored = false
    }
    if (isOther && !adopted) onOwnChange()
    session.value = next
    reauthentication.onState(state, user.value)
    // The page goes on to show the user of a lapsed session, who may return.
    const isOver = state.is === 'anonymous' || state.is === 'replacing'
    if (isOver) user.value = null
    if (next !== previous) {
      if (next || isOver) error.value = null
      onSession(next)
      // A user who could not be fetched during an outage is fetched once the session works again.
      if (next && status.value === 'authenticated' && (isStored || !user.value)) void users.load()
    }
    if (next && isOther && status.value === 'restoring') showStored(fromStoredUser(next.user))
    if (state.is === 'lapsed') error.value = state.reason
    if (state.is === 'anonymous' && !isDisposed) showEnd(state.reason, adopted)
    // A session that is found at the start is for `restore` to tell of.
    if (next && isOther && adopted && !isStarting) {
      beginning = welcome(next.id, true)
      beginning.catch(() => {})
    }
  }

  /** Shows the user of the session that the start has found, before that user is fetched anew. */
  function showStored(stored: AuthUser | null): void {
    if (!options.storeUser || !stored) return
    user.value = stored
    isStored = true
    keeper.identify(false, false)
    showRestored('authenticated')
    shown.open()
  }

  function showRestored(found: 'authenticated' | 'anonymous'): void {
    setStatus(found)
    emit({ type: 'restored', authenticated: found === 'authenticated' })
  }

  /** Stores the user beside the tokens, or removes one that the option has stored before. */
  function storeUser(): void {
    if (!options.storeUser && current()?.user === undefined) return
    keeper.storeUser(toStoredUser(users.fetched(), options, warnOfUser))
  }

  function showEnd(reason: AuthError, adopted: boolean): void {
    const byUser = !adopted && reason.code === 'signed-out'
    const isNobody = reason.code === 'unauthenticated'
    error.value = byUser || isNobody ? null : reason
    // `restore` sets the status when there is no user.
    const isLeft = reason.code === 'signed-out' || reason.code === 'superseded'
    if (!isNobody) setStatus(isLeft ? 'anonymous' : 'expired', byUser)
  }

  function setStatus(next: AuthStatus, byUser = false): void {
    status.value = next
    onStatus(byUser)
  }

  /** Fetches the user of a session that began, before the app is told of it. */
  async function welcome(id: string, adopted: boolean): Promise<void> {
    if (current()?.id === id) await users.load()
    const isSameUser = reauthentication.isOfAskedUser(requireSession(id), users.fetched())
    if (isSameUser && !adopted) {
      // Store before the turn to ask is released. Otherwise the next tab would ask again.
      await keeper.storeHeir(requireSession(id))
      requireSession(id)
      storeUser()
    }
    if (refusedOf(keeper.state()) && !isSameUser) settleOtherUser(adopted)
    keeper.identify(isSameUser, adopted)
    setStatus('authenticated')
    emit({ type: isSameUser ? 'session-resumed' : 'session-started', adopted })
  }

  function requireSession(id: string): Session {
    const mine = current()
    if (mine?.id !== id) throw error.value ?? keeper.requests.lossReason()
    return mine
  }

  /**
   * Another user has signed in while a lapsed session waited for its own. In another tab they are let in.
   *
   * @throws {@link AuthError} `superseded` if that was in this tab, which had asked for its own user
   */
  function settleOtherUser(adopted: boolean): void {
    // If the new user could not be fetched, show none.
    if (adopted) user.value = users.fetched()
    else {
      const reason = otherUser()
      const ended = keeper.end(reason)
      if (ended) void server.tell(ended)
      throw reason
    }
  }

  async function beginAnew(tokens: AgedTokens, remember: boolean): Promise<void> {
    const id = newId()
    firstAnswer &&= { ...firstAnswer, id }
    begun = tokens
    try {
      await keeper.begin(tokens, id, remember)
    } catch (error) {
      const ended = current()?.id === id && keeper.end(new AuthError('signed-out'))
      if (ended) void server.tell(ended)
      throw error
    }
    await welcome(id, false)
  }

  /** Whether a session that begins now is remembered. Where its user was asked again, it is as the one before. */
  function remembers({ remember }: SessionOptions): boolean {
    if (process.env.NODE_ENV !== 'production') checkRemember(remember)
    const before = refusedOf(keeper.state()) ?? reauthentication.shownStepUp()?.session
    return remember ?? before?.remember ?? true
  }

  /**
   * Begins a session. Where the user was asked to step up, the tokens are newer ones of the session in use.
   *
   * @param response the answer of the server that the tokens were read from
   * @param remember whether a session that begins is remembered; one that goes on stays as it is
   * @param asked the step-up that the tab showed when the login was called
   */
  function begin(
    tokens: AgedTokens,
    response: unknown,
    signal: AbortSignal,
    remember: boolean,
    asked: AskedStepUp | undefined,
  ): Promise<void> {
    firstAnswer = { id: asked?.session.id, token: tokens.token, response }
    beginning = asked ? stepUp(asked, tokens, signal, remember) : beginAnew(tokens, remember)
    if (asked) asked.answer = beginning
    return beginning
  }

  /**
   * Takes over the tokens of a step-up, also where its dialog is closed by now.
   *
   * @throws {@link AuthError} `superseded` for another user. The session in use goes on, unless its tokens were cookies:
   *   those are the other user's by now.
   */
  async function stepUp(
    { key, session, controller }: AskedStepUp,
    tokens: AgedTokens,
    signal: AbortSignal,
    remember: boolean,
  ): Promise<void> {
    // The session may have ended or been refused meanwhile.
    const isInUse = (): boolean => current()?.id === session.id
    if (!isInUse()) return beginAnew(tokens, remember)
    const compared = await compareUsers(session, tokens, signal)
    signal.throwIfAborted()
    if (!isInUse()) return beginAnew(tokens, remember)
    if (!compared.isSame) {
      const reason = otherUser()
      controller.abort(reason)
      const unused = { session: toSession(tokens), erased: Promise.resolve() }
      void server.tell((!hasToken(mode) && keeper.end(reason)) || unused)
      throw reason
    }
    await keeper.stepUp(tokens, key)
    requireSession(session.id)
    if (compared.user === undefined) await users.load()
    else {
      users.accept(compared.user)
      firstAnswer = null
    }
    requireSession(session.id)
    // The roles of the user may be others now, and the page one that they may not see.
    onStatus(false)
    emit({ type: 'session-resumed', adopted: false })
  }

  /**
   * Compares the user of newer tokens with that of the session. One who cannot be fetched in time is another one.
   */
  async function compareUsers(
    session: Session,
    tokens: AgedTokens,
    signal: AbortSignal,
  ): Promise<Compared> {
    let compared: Compared = { isSame: false }
    if (!isSameAuthentication(session.idToken, tokens.idToken)) return compared
    if (!options.isSameUser) return { isSame: isSameSubject(session.token, tokens.token) === true }
    await patiently(async () => {
      compared = (await askApp(session, tokens, signal)) ?? compared
    }, refreshTimeout)
    return compared
  }

  const read = (): Promise<boolean> => (reading ??= keeper.restore())

  const restore = (): Promise<void> => Promise.race([restoreFully(), shown.opened])

  async function restoreFully(): Promise<void> {
    const isRestored = await read()
    isStarting = false
    const found = isRestored ? current() : null
    // In an outage the user cannot be fetched either; a later refresh fetches them.
    if (found && !error.value) await users.load()
    // A session that begins meanwhile decides.
    await beginning?.catch(() => {})
    if (status.value !== 'restoring' || current()?.id !== found?.id) return
    if (found) keeper.identify(false, false)
    showRestored(found ? 'authenticated' : 'anonymous')
  }

  /** Resolves once no login is under way. */
  async function whenSignedIn(): Promise<void> {
    while (login) await login.done.catch(() => {})
  }

  /** Aborts a login that is under way; the signal is for the one that takes its place. */
  function interruptLogin(reason = new AuthError('superseded')): AbortSignal {
    login = null
    loginController.abort(reason)
    return (loginController = new AbortController()).signal
  }

  async function signIn(credentials: AuthCredentials, given: SessionOptions): Promise<void> {
    const remember = remembers(given)
    const signal = interruptLogin()
    const before = begun
    loggingOut = null
    const asked = reauthentication.shownStepUp()
    const ask = (): Promise<unknown> =>
      options.login(credentials, { http: http('nobody'), signal, remember })
    const answer = oneAtATime(ask, signal)
    let tokens: AgedTokens | undefined
    try {
      const response = await abortable(answer, signal)
      tokens = parse(response)
      await begin(tokens, response, signal, remember, asked)
    } catch (reason) {
      // A logout tells the server itself of a session that has begun. A step-up begins none.
      const isTold = tokens && tokens === begun && isAuthError(reason, 'signed-out')
      const isOvertaken = isAuthError(signal.reason, 'superseded')
      // A logout waits for the cookie of a login that it interrupts.
      if (signal.aborted && !isTold && (isOvertaken || !hasCookie(mode))) {
        void endUnused(answer, before)
      }
      withoutRequest(reason)
      throw reason
    }
  }

  /** Tells the server of an end. A later logout that finds nothing to end joins. */
  async function tellServer(...told: Parameters<typeof server.tell>): Promise<void> {
    const mine = (loggingOut = server.tell(...told))
    await mine
    if (loggingOut === mine) loggingOut = null
  }

  /**
   * Ends the session of a login that was overtaken. A cookie is gone with the next one, unless that login fails. Of what
   * it finds, the server is told once.
   */
  async function endUnused(answer: Promise<unknown>, before: AgedTokens | null): Promise<void> {
    const erased = Promise.resolve()
    try {
      const session = toSession(parse(await answer))
      if (!hasCookie(mode)) return void (await server.tell({ session, erased }))
      // A logout that is sent from here on takes the cookie of this answer along.
      const count = server.count()
      await whenSignedIn()
      const isDue = (): boolean => begun === before && server.count() === count
      const tell = loggingOut ? server.tell : tellServer
      if (isDue()) await tell({ session: null, erased }, isDue)
    } catch {
      // No session has begun there.
    }
  }

  const hidden: AuthSession['hidden'] = {
    name: options.name,
    axios,
    get token() {
      return session.value?.token ?? null
    },
    get refreshToken() {
      return session.value?.refreshToken ?? null
    },

    login(credentials, given = {}) {
      const { remember } = ownMembers(given)
      const isSame = login?.remember === remember && isSameData(login?.credentials, credentials)
      if (login && isSame) return login.done
      const done = signIn(credentials, { remember }).finally(() => {
        if (login === mine) login = null
      })
      // A copy: the form may be changed while the login is under way.
      const copy = isObject(credentials) ? { ...credentials } : credentials
      const mine = { credentials: copy, remember, done }
      login = mine
      return done
    },

    async logout() {
      const reason = new AuthError('signed-out')
      interruptLogin(reason)
      const before = beginning
      if (keeper.state().is === 'restoring') await keeper.restored
      // A user who has signed in since has not asked for this.
      if (beginning !== before) return
      const ended = keeper.end(reason)
      // Where nothing or only a cookie is left, the server is told once.
      if (ended && (ended.session || !loggingOut)) void tellServer(ended)
      await loggingOut
    },

    async refresh() {
      await keeper.requests.whenRead()
      return (await keeper.refresh('manual')).token
    },

    async getAccessToken(given = {}) {
      const { minValidity } = ownMembers(given)
      if (process.env.NODE_ENV !== 'production') checkMinValidity(minValidity)
      const ofFetchUser = fetchingUser()
      const requests = ofFetchUser ?? keeper.requests
      const ownerNow = (): string | null | undefined => requests.ownerNow(!!ofFetchUser)
      if (!ownerNow()) await requests.whenRead()
      const owner = ownerNow()
      const live = owner
        ? requests.acquire(owner, { isOneShot: false, minValidity })
        : keeper.refresh('manual')
      const { token } = await live
      if (token === null) {
        throw new TypeError("getAccessToken(): with `session: 'cookies'`, no script has a token.")
      }
      return token
    },

    keepAlive: () => keeper.keepAlive(),

    async updateTokens(tokens) {
      await keeper.update(parse(tokens))
    },

    async setSession(tokens, given = {}) {
      const parsed = parse(tokens, true)
      const remember = remembers(ownMembers(given))
      await begin(parsed, tokens, interruptLogin(), remember, reauthentication.shownStepUp())
    },

    async reloadUser() {
      await keeper.requests.whenRead()
      const mine = current()
      if (!mine) throw keeper.withoutSession()
      const reloaded = inTime(users.reload(), refreshTimeout, new AuthError('unreachable'))
      await reloaded.finally(() => requireSession(mine.id))
      onStatus(false)
    },
  }

  return {
    view: {
      status: computed(() => status.value),
      isAuthenticated: computed(() => status.value === 'authenticated'),
      isRefreshing: computed(() => !!flight.value),
      user: computed(() => user.value),
      error: computed(() => error.value),
      refreshing: computed(() => {
        const token = flight.value && flight.value.then((renewed) => renewed.token)
        // A refresh that fails is no unhandled rejection of a component that only shows it.
        token?.catch(() => {})
        return token
      }),
      endsAt: computed(() => endsAt.value),
      expiresAt: computed(() =>
        session.value?.lifetime ? Date.now() + remaining(session.value) : null,
      ),
    },
    hidden,
    keeper,
    read,
    restore,
    loadUser: users.load,
    dispose() {
      const reason = new AuthError('signed-out')
      interruptLogin(reason)
      isDisposed = true
      stopListening()
      keeper.dispose(reason)
      users.leave()
    },
  }
}
