import axios, {
  AxiosError,
  CanceledError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import type { AuthErrorCode } from '../../src/errors'
import { authenticate, type AuthenticateOptions } from '../../src/http/authenticate'
import { defaultOptions } from '../../src/options'
import { claim } from '../../src/http/installation'
import { createOwnCalls } from '../../src/calls/own-calls'
import type { Session } from '../../src/session/session'
import { createFreshKeeper } from '../../src/session/keep-fresh'
import type { Requests } from '../../src/session/requests'
import { requestsOf } from '../../src/session/requests-of'
import type { SessionKeeper } from '../../src/session/session-keeper'
import { refusedOf } from '../../src/session/session-state'
import { composeSharedSession } from '../../src/shared/open-shared-session'
import { abortable } from '../../src/utils/waiting'
import { withFallback } from '../../src/shared/with-fallback'
import { createAuthSession, type AuthSession } from '../../src/store/auth-session'
import { judgeEvent } from './judge-events'
import type { Owner } from '../support/virtual-time'
import type { Call, Exchange, Hold, Login } from './records'
import type { Family, Tokens } from './oracle'
import { judged, lockOf } from './tab-locks'
import { limit, optionsOf, reauthenticateTimeout } from './tab-options'
import type { World } from './world'

/** The resources whose answers bring newer tokens. */
const SLIDES = new Set(['/sliding', '/rotating'])
/** How often a page that polls asks. */
const POLLS = 10

/** A tab as `createAuth` wires it, without an app: its own session and axios over what all tabs share. */
export class FuzzTab implements Owner {
  isFrozen = false
  isGone = false
  held: (() => void)[] = []
  readonly calls: Call[] = []
  /** The session in use, and the last one before none was. */
  last: Session | null = null
  hold: Hold | null = null
  exchange: Exchange | null = null
  /** Sessions that were in use, by their tokens. */
  readonly used = new Map<string | null, Session>()
  /** Sessions whose user could not be fetched. */
  readonly strangers = new Set<string>()
  /** When the token in use came, unless the page has been looked at since. */
  usedAt = -Infinity
  /** The tokens with which replays were refused. */
  readonly refusedReplays = new Set<string | null>()
  /** The last login. */
  login: Login | null = null
  /** How many logins were answered that counted. */
  logins = 0
  /** When it was thawed last, and how long it has been frozen in all. */
  thawedAt = 0
  frozenFor = 0
  freezes = 0
  /** The session that has lapsed here; all whose sessions have; how often, since when, and for how long in all. */
  lapsed: Session | null = null
  readonly lapsedOf = new Set<Family>()
  /** The reason for which the last session of a family has ended here. */
  readonly endedFor = new Map<Family, AuthErrorCode>()
  lapses = 0
  private lapsedAt: number | null = null
  private lapsedFor = 0
  private frozenAt = 0
  private readonly http: AxiosInstance
  private readonly auth: AuthSession
  private readonly fresh: ReturnType<typeof createFreshKeeper> | undefined

  constructor(
    readonly name: string,
    private readonly world: World,
  ) {
    const { judge, setting } = world
    // A channel belongs to the tab that opens it.
    world.time.current = this
    const storage = withFallback(
      world.storage.open(this),
      'auth',
      () => judge.broken(this),
      () => this.keeper.reread(),
      () => world.announce(this),
    )
    const ownCalls = createOwnCalls<true>()
    const lookUps = createOwnCalls<Requests>()
    this.http = this.protect(lookUps.markOf)
    this.auth = createAuthSession({
      options: optionsOf(this, world),
      shared: composeSharedSession(
        storage,
        judged(lockOf(this, world, 'auth', limit), this, world),
        (ended) => world.announce(this, ended),
      ),
      page: {
        isOnline: () => world.isOnline,
        isShown: () => !this.isFrozen,
        onActivity: () => () => {},
        online: (signal) => abortable(world.online(this), signal),
        onOnline: () => () => {},
        takeTurn: lockOf(this, world, 'turn', reauthenticateTimeout),
        shown: async () => {},
      },
      axios: this.http,
      http: (as) =>
        this.protect(() => (typeof as === 'string' ? this.keeper.requests : requestsOf(as))),
      runCallback: (callback, signal) => ownCalls.run(callback, true, signal),
      runFetchUser: lookUps.run,
      fetchingUser: lookUps.running,
      emit: (event) => judgeEvent(judge, this, event),
      onOwnChange() {},
      onSession: (session) => {
        if (session) this.judgeUse(session)
        this.usedAt = world.time.awake
        this.fresh?.schedule(session)
      },
      onStatus() {},
    })
    this.fresh = setting.keepFresh
      ? createFreshKeeper(
          {
            isActive: () => world.isOnline && !this.isFrozen,
            refresh: () => {
              judge.keptFresh(this)
              return this.keeper.refresh('ahead')
            },
          },
          setting.leeway,
        )
      : undefined
  }

  private protect(requestsOfFetchUser: AuthenticateOptions['requestsOfFetchUser']): AxiosInstance {
    const instance = axios.create({
      baseURL: 'https://api.test',
      adapter: (config) => this.send(config),
    })
    const wrap = authenticate(instance, () => this.keeper.requests, {
      ...defaultOptions,
      emit: (event) => judgeEvent(this.world.judge, this, event),
      nextNumber: () => this.calls.length,
      ownCalls: createOwnCalls<true>(),
      requestsOfFetchUser,
    })
    claim(instance, 'auth', wrap)
    return instance
  }

  private judgeUse(session: Session): void {
    const { judge } = this.world
    const { last } = this
    const isNext = session.id === last?.id && session.token !== last.token
    if (isNext && this.used.has(session.token)) judge.usesAgain(this, session)
    this.used.set(session.token, session)
    this.last = session
  }

  start(): void {
    void this.auth.restore()
  }

  get keeper(): SessionKeeper {
    return this.auth.keeper
  }

  get session(): Session | null {
    return this.keeper.requests.current()
  }

  /** The session in use, or the one whose user is asked to sign in again. */
  get whose(): Session | null {
    return refusedOf(this.keeper.state()) ?? this.session
  }

  get user(): string | null {
    return this.auth.view.user.value as string | null
  }

  /** Ms that it could have used. */
  get awake(): number {
    return this.world.time.awake - this.frozenFor
  }

  /** Ms for which its user was asked, or could have been. */
  get lapsedMs(): number {
    return this.lapsedFor + (this.lapsedAt === null ? 0 : this.awake - this.lapsedAt)
  }

  lapse(session: Session, family: Family): void {
    this.lapsed = session
    this.lapsedOf.add(family)
    this.lapses++
    this.lapsedAt = this.awake
  }

  /** It was resumed, or is over. */
  settleLapse(): void {
    if (this.lapsedAt !== null) this.lapsedFor += this.awake - this.lapsedAt
    this.lapsedAt = this.lapsed = null
  }

  /** Does the work of a page that is shown, thawed or told of a change. */
  look(): void {
    this.usedAt = -Infinity
    this.keeper.reread()
    this.fresh?.reschedule()
  }

  freeze(): void {
    this.world.judge.leaving(this)
    this.isFrozen = true
    this.frozenAt = this.world.time.awake
    this.freezes++
  }

  async thaw(): Promise<void> {
    const { time } = this.world
    this.frozenFor += time.awake - this.frozenAt
    this.thawedAt = time.awake
    await time.thaw(this, () => this.look())
  }

  signIn(user: string): void {
    const { login } = this
    const isAgain = login?.isOut && !login.isOvertaken && login.user === user
    const mine = isAgain ? login : this.replaceLogin(user)
    const done = (): void => void (mine.isOut = false)
    this.auth.hidden
      .login(user)
      .finally(done)
      .catch(() => {})
  }

  private replaceLogin(user: string): Login {
    this.overtakeLogin()
    const isNew = { isAsked: false, isAnswered: false, isOut: true, isOvertaken: false }
    return (this.login = { user, ...isNew })
  }

  private overtakeLogin(): void {
    const { login } = this
    if (!login?.isOut || login.isAnswered) return
    login.isOvertaken = true
    this.world.judge.overtaken(this, login)
  }

  logout(): void {
    this.overtakeLogin()
    this.login = null
    const judge = (): void => {
      for (const ended of [refusedOf(this.keeper.state()), this.session]) {
        if (ended) this.world.judge.loggedOut(this, ended)
      }
    }
    const { logins } = this
    if (this.keeper.state().is !== 'restoring') judge()
    // A user who signs in before the stored session is known has not asked for its end.
    else void this.keeper.restored.then(() => this.logins === logins && judge())
    void this.auth.hidden.logout()
  }

  refresh(): void {
    this.keeper.refresh('manual').catch(() => {})
  }

  /** Sends the same request every second, like a page that polls. */
  poll(path: string): void {
    for (let count = 0; count < POLLS; count++) {
      this.world.time.after(this, count * 1_000, () => void this.request(path))
    }
  }

  request(path: string, abort?: number): Call {
    const { time, judge, oracle } = this.world
    const controller = new AbortController()
    const call: Call = {
      tab: this,
      path,
      owner: this.whose ? oracle.familyOf(this.whose.token) : undefined,
      sends: [],
      startedAt: time.awake,
      awakeAt: this.awake,
      freezes: this.freezes,
      lapses: this.lapses,
      lapsedMs: this.lapsedMs,
      onWire: 0,
      isOnWire: false,
      isAborted: false,
      wasRefused: false,
      result: null,
    }
    const url = `${path}?call=${this.calls.push(call) - 1}`
    judge.called(call)
    this.http.get(url, { signal: controller.signal }).then(
      ({ status, data }) => {
        judge.settled(call, status)
        if (data.access_token) this.update(data)
      },
      (error: unknown) => judge.settled(call, error),
    )
    if (abort !== undefined) {
      time.after(this, abort, () => {
        if (call.result !== null) return
        call.isAborted = true
        controller.abort()
        time.after(this, 0, () => judge.afterAbort(call))
      })
    }
    return call
  }

  /** Takes over newer tokens, like an interceptor of the app that finds them in an answer. */
  private update(tokens: Tokens): void {
    const { judge } = this.world
    const before = this.session
    judge.updating(this, tokens)
    this.auth.hidden.updateTokens(tokens).catch((error: unknown) => {
      judge.notUpdated(this, before, String(error))
    })
  }

  private send(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const { world } = this
    const header = config.headers.get('Authorization')
    const token = typeof header === 'string' ? header.slice('Bearer '.length) : null
    const path = String(config.url)
    const call = this.calls[Number(path.split('=')[1])]
    if (call) world.judge.sent(call, token)
    const { refreshToken = null } = this.session ?? {}
    const since = this.awake
    if (call) call.isOnWire = true
    return new Promise<AxiosResponse>((resolve, reject) => {
      const abort = (): void => reject(new CanceledError())
      ;(config.signal as AbortSignal | undefined)?.addEventListener('abort', abort)
      world.network(this, () => {
        const status = world.isOnline ? world.oracle.resource(call?.path ?? path, token) : null
        const newer =
          status === 200 && token !== null && SLIDES.has(call?.path ?? '')
            ? world.oracle.slide(call!.path, token, refreshToken)
            : null
        const data = newer ?? ((token !== null && world.oracle.familyOf(token)?.user) || '')
        return () => {
          if (status === null) return reject(new AxiosError('Network Error', 'ERR_NETWORK', config))
          if (status === 401) world.judge.refused(this, token, call)
          if (status === 200 && path === '/me' && token) world.judge.identified(token)
          const response = { status, data, statusText: '', headers: {}, config }
          if (status < 300) resolve(response)
          else reject(new AxiosError(`${status}`, 'ERR_BAD_REQUEST', config, null, response))
        }
      })
    }).finally(() => {
      if (!call) return
      call.isOnWire = false
      call.onWire += this.awake - since
    })
  }
}
