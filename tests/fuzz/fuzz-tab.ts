import axios, {
  AxiosError,
  CanceledError,
  type AxiosInstance,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'
import { AuthError } from '../../src/errors'
import { authenticate } from '../../src/http/authenticate'
import { createOwnCalls } from '../../src/http/own-calls'
import type { Session } from '../../src/session/session'
import { createFreshKeeper } from '../../src/session/keep-fresh'
import { classifyFailure } from '../../src/session/failure'
import { longestHold } from '../../src/session/refresher'
import { createSessionKeeper } from '../../src/session/session-keeper'
import type { SessionKeeper } from '../../src/session/session-keeper-types'
import { parseTokenResponse } from '../../src/session/token-response'
import { abortable } from '../../src/session/waiting'
import { withFallback } from '../../src/storage/with-fallback'
import { lease } from '../../src/tabs/lease'
import type { TabLock } from '../../src/tabs/tab-lock'
import { webLock } from '../../src/tabs/web-lock'
import { judgeEvent } from './judge-events'
import type { Call, Exchange, Hold } from './records'
import type { Owner } from './virtual-time'
import type { World } from './world'

export const refreshTimeout = 10_000
export const limit = longestHold(refreshTimeout)

/** A tab as `createAuth` and the store wire it, without Vue: its own keeper and axios over what all tabs share. */
export class FuzzTab implements Owner {
  isFrozen = false
  isGone = false
  held: (() => void)[] = []
  readonly keeper: SessionKeeper
  readonly calls: Call[] = []
  /** The session in use, and the last one before none was. */
  last: Session | null = null
  hold: Hold | null = null
  exchange: Exchange | null = null
  /** When it was thawed last, and how long it has been frozen in all. */
  thawedAt = 0
  frozenFor = 0
  freezes = 0
  private frozenAt = 0
  private readonly http: AxiosInstance
  private readonly fresh: ReturnType<typeof createFreshKeeper> | undefined
  private logins = 0

  constructor(
    readonly name: string,
    private readonly world: World,
  ) {
    const { time, judge, setting } = world
    const lock: TabLock =
      setting.lock === 'web-lock'
        ? webLock(world.locks.managerOf(this), 'auth', limit)
        : lease((change) => world.leases.open(this).update('', change as never), limit)
    const storage = withFallback(world.storage.open(this), 'auth', () => judge.broken(this))
    this.keeper = createSessionKeeper(
      {
        ...storage,
        classifyFailure,
        announce: () => world.announce(this),
        hold: (work, signal) =>
          lock.hold(async (canBegin) => {
            const mine: Hold = (this.hold = {
              since: time.awake,
              moves: time.moves,
              exchange: null,
              end: null,
            })
            try {
              return await work(canBegin)
            } finally {
              this.hold = null
              judge.released(this, mine)
            }
          }, signal),
        online: (signal) => abortable(world.online(this), signal),
        exchange: async (session, signal) =>
          parseTokenResponse(await world.exchange(this, session, signal)),
        emit: (event) => judgeEvent(judge, this, event),
        onChange: (session) => {
          if (session) this.last = session
          this.fresh?.follow(session)
        },
        onJoin() {},
        onFlight: (flight) => void flight?.catch(() => {}),
        onFailure() {},
        onLapse() {},
        onWanted() {},
        mayLapse: () => false,
      },
      { refreshTimeout, retries: 2, leeway: setting.leeway, cookieSession: false },
    )
    this.fresh = setting.keepFresh
      ? createFreshKeeper(
          {
            isActive: () => world.isOnline && !this.isFrozen,
            refresh: () => this.keeper.refresh('ahead'),
          },
          setting.leeway,
        )
      : undefined
    this.http = axios.create({
      baseURL: 'https://api.test',
      adapter: (config) => this.send(config),
    })
    authenticate(this.http, this.keeper, {
      emit: (event) => judgeEvent(judge, this, event),
      nextNumber: () => this.calls.length,
      ownCalls: createOwnCalls(undefined),
      isLookUp: () => false,
      name: 'auth',
    })
  }

  start(): void {
    void this.keeper.restore()
  }

  get session(): Session | null {
    return this.keeper.current()
  }

  /** Ms that it could have used. */
  get awake(): number {
    return this.world.time.awake - this.frozenFor
  }

  /** As what the page does when it is shown, thawed or told of a change. */
  look(): void {
    this.keeper.look()
    this.fresh?.look()
  }

  freeze(): void {
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

  login(user: string): void {
    const { world } = this
    const mine = ++this.logins
    world.network(this, () => {
      const tokens = world.oracle.login(user)
      return () => {
        if (mine !== this.logins) return
        world.judge.loggingIn(this, tokens)
        this.keeper.start(parseTokenResponse(tokens)).catch(() => {})
      }
    })
  }

  logout(): void {
    const { world } = this
    this.logins++
    if (!this.keeper.isRestored()) return void this.keeper.restored.then(() => this.logout())
    if (this.session) world.judge.loggedOut(this, this.session)
    const ended = this.keeper.end(new AuthError('signed-out'))
    if (!ended) return
    void this.keeper.forget(ended)
    world.network(this, () => {
      const family = world.oracle.familyOf(ended.token)
      if (family) family.isRevoked = true
      return () => {}
    })
  }

  refresh(): void {
    this.keeper.refresh('manual').catch(() => {})
  }

  request(path: string, abort?: number): Call {
    const { time, judge } = this.world
    const controller = new AbortController()
    const { session } = this
    const call: Call = {
      tab: this,
      path,
      owner: session ? this.world.oracle.familyOf(session.token) : undefined,
      sends: [],
      startedAt: time.awake,
      awakeAt: this.awake,
      freezes: this.freezes,
      onWire: 0,
      isOnWire: false,
      isAborted: false,
      wasRefused: false,
      result: null,
    }
    const url = `${path}?call=${this.calls.push(call) - 1}`
    this.http.get(url, { signal: controller.signal }).then(
      ({ status }) => judge.settled(call, status),
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

  private send(config: InternalAxiosRequestConfig): Promise<AxiosResponse> {
    const { world } = this
    const call = this.calls[Number(String(config.url).split('=')[1])]!
    const header = config.headers.get('Authorization')
    const token = typeof header === 'string' ? header.slice('Bearer '.length) : null
    world.judge.sent(call, token)
    call.isOnWire = true
    const since = this.awake
    return new Promise<AxiosResponse>((resolve, reject) => {
      const abort = (): void => reject(new CanceledError())
      ;(config.signal as AbortSignal).addEventListener('abort', abort)
      world.network(this, () => {
        const status = world.isOnline ? world.oracle.resource(call.path, token) : null
        return () => {
          if (status === null) return reject(new AxiosError('Network Error', 'ERR_NETWORK', config))
          if (status === 401) world.judge.refused(call, token)
          const response = { status, data: '', statusText: '', headers: {}, config }
          if (status < 300) resolve(response)
          else reject(new AxiosError(`${status}`, 'ERR_BAD_REQUEST', config, null, response))
        }
      })
    }).finally(() => {
      call.isOnWire = false
      call.onWire += this.awake - since
    })
  }
}
