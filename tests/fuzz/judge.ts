import { isCancel } from 'axios'
import { isAuthError } from '../../src/errors'
import { defaultOptions } from '../../src/options'
import { isLapsed, type Stored } from '../../src/session/record'
import type { Session } from '../../src/session/session'
import type { FuzzTab } from './fuzz-tab'
import type { Answer, Family, Tokens } from './oracle'
import {
  causeOf,
  generationOf,
  idOf,
  type Call,
  type Exchange,
  type Hold,
  type Login,
} from './records'
import { SLACK, limit, refreshTimeout } from './tab-options'
import type { World } from './world'

/** How long a logout may take to reach the other tabs, in ms. */
const SECOND = 1_000
/** How often a minute a tab may send one refresh token: three times, and then after each cool-down. */
const EXCHANGES_A_MINUTE = 30
/**
 * How often a minute a tab may refresh, in vain, a token that lives: `/private` is a reason every 30 s. Twice that,
 * because an answer for `/a` that overtakes the one for the replay makes it one again.
 */
const NEEDLESS_A_MINUTE = 6
/** The shortest cool-downs after failures in a row, in ms. */
const COOL_DOWNS = [500, 1_000, 2_000, refreshTimeout / 4]
/** How long the tabs take at most to see what is written into localStorage, in ms. */
const SEEN_WITHIN = 100
/** How long a storage may hang until it counts as broken, in ms. */
const BROKEN_AFTER = 3_000
/** The shortest time that `keepFresh` leaves between two tokens, in ms. */
const BETWEEN_TOKENS = 5_000

/** When a tab was given a token, by the true time and by what it was awake. */
interface Receipt {
  readonly at: number
  readonly tab: FuzzTab
  readonly awakeAt: number
  readonly lifetime: number | null
}

/** Sees all that happens, and says what must not have happened. */
export class Judge {
  readonly violations: string[] = []
  readonly exchanges: Exchange[] = []
  /** The ids of sessions that may be over in any tab: logged out, superseded, refused or cleared away. */
  readonly over = new Set<string>()
  /** Access tokens, by when they came and how long they last (ms by the server's clock). */
  readonly receipts = new Map<string | null, Receipt>()
  readonly refusedIn = new Map<FuzzTab, Set<string | null>>()
  /** In which tabs the refresh token of a session was definitely refused. */
  private readonly rejections = new Map<string, Set<FuzzTab>>()
  private readonly loggedOutIn = new Set<string>()
  /** The tab that logged out of a session, by the id of the session. */
  readonly loggedOutOf = new Map<string, FuzzTab>()
  private readonly stored = new Set<string>()
  private readonly writes = new Map<FuzzTab, { at: number; ids: (string | null)[] }>()
  /** By design: localStorage has no atomic step, so what two tabs write at a time may be lost. */
  readonly crossed = new Set<string | null>()
  /** The families of sessions that were taken out of storage: by whom, and when the others were told. */
  private readonly removals = new Map<Family, { by: FuzzTab; toldAt: number }>()
  /** Until when a tab leaves the endpoint alone that has failed it, with one token. */
  private readonly coolDowns = new Map<
    FuzzTab,
    { token: string | null; count: number; until: number; moves: number }
  >()
  /** Tokens of another user, each with the exchange that it answered, until its user is fetched. */
  private readonly strangers = new Map<string, Exchange>()
  /** When logins were answered that counted. */
  private readonly loginsAt: number[] = []
  /** The families of logins that were overtaken, each with the tab that was answered. */
  private readonly unused = new Map<Family, FuzzTab>()
  /** The last generation of a session that newer tokens have made, and when it was stored. */
  private readonly slid = new Map<string, { generation: number; at: number }>()
  /** The last write of each session; the sessions of which newer tokens have crossed with a later generation. */
  private readonly lastWrites = new Map<
    string,
    { generation: number; at: number; isNewer: boolean }
  >()
  private readonly reverted = new Set<string>()
  /** The access tokens that no exchange has brought. */
  private readonly newer = new Set<string | null>()
  /** When a session may be refreshed again, by tab. */
  private readonly pauses = new Map<string, { until: number; moves: number }>()

  constructor(readonly world: World) {
    world.time.onBadDelay = (delay) => this.fail(27, `a timer of ${delay} ms`)
  }

  get isDone(): boolean {
    return this.violations.length > 0
  }

  fail(invariant: number, what: string): void {
    this.violations.push(`${invariant}: ${what} (at ${this.world.time.awake} ms)`)
  }

  /** Whether the server accepts a token. */
  lives(token: string | null): boolean {
    return this.world.oracle.resource('/a', token) === 200
  }

  private familyOf(token: string | null): Family | undefined {
    return this.world.oracle.familyOf(token)
  }

  // Exchanges

  asking(mine: Exchange): void {
    const { time, storage, setting } = this.world
    const { tab, session } = mine
    for (const other of this.exchanges) {
      if (other.state !== 'out' || other.tab.isGone || this.isLate(other)) continue
      if (other.session.id === session.id) {
        this.fail(1, `${tab.name} and ${other.tab.name} refresh at once`)
      }
    }
    if (tab.hold) tab.hold.exchange = mine
    tab.exchange = mine
    const stored = storage.visible(tab)
    const isLater = idOf(stored) === session.id && generationOf(stored) > session.generation
    // By design: the tab that stored it was late, or was closed before localStorage had shown it.
    // Nor is there a turn for newer tokens: they may be stored while another tab, which has read, is about to ask.
    const slid = this.slid.get(session.id)
    const isCrossed =
      slid && slid.generation > session.generation && slid.at >= (tab.hold?.since ?? Infinity)
    const isExcused =
      isCrossed ||
      this.exchanges.some(
        (one) =>
          one.session.id === session.id &&
          one.session.generation >= session.generation &&
          (this.isLate(one) || (setting.storage === 'web' && one.tab.isGone)),
      )
    if (isLater && !isExcused) this.fail(4, `${tab.name} refreshes what has been refreshed`)
    if (tab.session && tab.session.generation > session.generation)
      this.fail(2, `${tab.name} sends what it knows to be spent`)
    const pause = this.pauses.get(`${tab.name} ${session.id}`)
    if (pause && pause.moves === time.moves && time.true < pause.until) {
      this.fail(30, `${tab.name} asks ${pause.until - time.true} ms before Retry-After`)
    }
    this.exchanges.push(mine)
    const rest = this.coolDowns.get(tab)
    if (rest?.token === session.token && rest.moves === time.moves && time.true < rest.until) {
      this.fail(26, `${tab.name} asks ${rest.until - time.true} ms before its cool-down is over`)
    }
    this.countLately(EXCHANGES_A_MINUTE, (one) => {
      return one.tab === tab && one.session.refreshToken === session.refreshToken
    })
  }

  private countLately(limit: number, isCounted: (exchange: Exchange) => boolean): void {
    const since = this.world.time.true - 60_000
    const lately = this.exchanges.filter((one) => one.sentAt > since && isCounted(one))
    const [{ tab } = { tab: null }] = lately
    if (lately.length > limit) this.fail(26, `${tab?.name} asks ${lately.length} times a minute`)
  }

  /** Notes the pause that must follow a failed refresh. */
  gaveUp(tab: FuzzTab): void {
    const { exchange, session } = tab
    const { time } = this.world
    // Without a network the next attempt waits for one, and for nothing else.
    if (!this.world.isOnline) return
    // Otherwise a request has waited too long for the refresh, and the refresh goes on.
    if (!session || exchange?.state !== 'failed' || exchange.endedAt !== time.awake) return
    const { token } = session
    const before = this.coolDowns.get(tab)
    const count = before?.token === token ? before.count + 1 : 0
    const until = time.true + COOL_DOWNS[Math.min(count, COOL_DOWNS.length - 1)]!
    this.coolDowns.set(tab, { token, count, until, moves: time.moves })
  }

  /** By its timer; what is looked at meanwhile may be due at once. */
  keptFresh({ name, usedAt }: FuzzTab): void {
    const since = this.world.time.awake - usedAt
    if (since < BETWEEN_TOKENS) this.fail(26, `${name} refreshes by itself after ${since} ms`)
  }

  /** At the server: which other exchange has had this refresh token, and why that may be. */
  arrived(mine: Exchange): void {
    for (const other of this.exchanges) {
      const isOther = other !== mine && other.session.refreshToken === mine.session.refreshToken
      if (!isOther || !other.isRotated || other.isLost) continue
      // By design: a tab that is closed in the middle, or hangs for too long, takes the successor along.
      if (other.tab.isGone || mine.tab.isGone) continue
      if (this.wasLate(mine.session.refreshToken)) continue
      // By design: localStorage shows a login or a logout later to other tabs than to the last holder of the lock.
      const { id } = mine.session
      const isWeb = this.world.setting.storage === 'web'
      if (isWeb && (this.over.has(id) || this.crossed.has(id))) continue
      if (this.reverted.has(id)) continue
      this.fail(2, `${mine.tab.name} sends what ${other.tab.name} has spent (${other.state})`)
    }
  }

  /** Whether a tab with this refresh token was late, or was closed before localStorage had shown its write. */
  private wasLate(refreshToken: string | null): boolean {
    const isWeb = this.world.setting.storage === 'web'
    return this.exchanges.some(
      (one) =>
        one.session.refreshToken === refreshToken &&
        (this.isLate(one) || (isWeb && one.tab.isGone)),
    )
  }

  /** By design: its time was over. A lease counts by the wall clock, and so is over when that clock is moved. */
  private isLate({ begunAt, hold }: Exchange): boolean {
    const { time, setting, lockTime } = this.world
    const { at, moves } = hold?.end ?? { at: lockTime, moves: time.moves }
    return at - begunAt >= limit || (setting.lock === 'lease' && moves !== hold?.moves)
  }

  answered(mine: Exchange, data: Answer['data']): void {
    const { tab, session } = mine
    const { access_token: token } = Object(data) as Partial<Tokens>
    if (token && this.familyOf(token)?.isStranger) return this.mistaken(mine, token)
    this.received(tab, data)
    // A page or nothing is a failure, and asked for again.
    if (!token) mine.isNeedless = false
    this.countLately(NEEDLESS_A_MINUTE, (one) => {
      return (
        one.tab === tab &&
        one.session.id === session.id &&
        one.isNeedless &&
        one.state === 'answered'
      )
    })
  }

  received(tab: FuzzTab, data: Answer['data']): void {
    const { access_token: token, expires_in: seconds } = Object(data) as Partial<Tokens>
    if (!token) return
    const lifetime = seconds === undefined ? null : seconds * 1_000
    this.receipts.set(token, { at: this.world.time.true, tab, awakeAt: tab.awake, lifetime })
  }

  /** Another user's tokens are the end of the session that they came for, unless another tab has moved on. */
  mistaken(mine: Exchange, token: string): void {
    const { tab, session } = mine
    this.over.add(session.id)
    // The app first fetches the user of the token, to compare.
    if (tab.user !== null && !this.strangers.has(token)) {
      this.strangers.set(token, mine)
      return
    }
    const { freezes } = tab
    this.world.time.after(tab, SECOND, () => {
      const { session: current } = tab
      if (tab.freezes !== freezes || current?.id !== session.id) return
      if (current.generation === session.generation)
        this.fail(7, `${tab.name} goes on as a stranger`)
    })
  }

  /** A tab has fetched the user of a token. */
  identified(token: string): void {
    const exchange = this.strangers.get(token)
    if (exchange) this.mistaken(exchange, token)
  }

  failed({ tab, session }: Exchange, { status, data, headers }: Answer): void {
    const { time } = this.world
    const isPassing = Object(data).error === 'temporarily_unavailable'
    if (status === 400 && !isPassing) {
      const tabs = this.rejections.get(session.id) ?? new Set()
      this.rejections.set(session.id, tabs.add(tab))
      this.over.add(session.id)
    }
    const seconds = Number(headers['retry-after'])
    if (seconds > 0) {
      const until = time.true + seconds * 1_000
      this.pauses.set(`${tab.name} ${session.id}`, { until, moves: time.moves })
    }
  }

  /** Whether a session was definitely refused, in that tab or in any. */
  isRejected(id: string, tab?: FuzzTab): boolean {
    const tabs = this.rejections.get(id)
    return tab ? !!tabs?.has(tab) : !!tabs
  }

  released(tab: FuzzTab, hold: Hold): void {
    const { time, storage, lockTime } = this.world
    const { exchange } = hold
    hold.end = { at: lockTime, moves: time.moves }
    if (!exchange || exchange.state !== 'answered' || !exchange.isRotated) return
    const { id, refreshToken } = exchange.session
    // By design: a late tab has stored the successor, and the others may not see it yet.
    if (this.wasLate(refreshToken) || this.over.has(id) || this.reverted.has(id)) return
    // Where nothing can be written, 2 judges.
    if (this.world.isTroubled) return
    for (const other of this.world.living) {
      const record = storage.visible(other) as Session | null
      if (record?.refreshToken === refreshToken) {
        this.fail(3, `${tab.name} lets go while ${other.name} reads the spent token`)
      }
    }
  }

  // Newer tokens

  updating(tab: FuzzTab, tokens: Tokens): void {
    const { session } = tab
    // A server with a grace may have answered an exchange with them.
    if (session?.token === tokens.access_token) return
    this.received(tab, tokens)
    this.newer.add(tokens.access_token)
    this.world.time.after(tab, 0, () => {
      if (session && tab.session?.token === session.token)
        this.fail(53, `${tab.name} goes on with the older token`)
    })
  }

  notUpdated(tab: FuzzTab, before: Session | null, error: string): void {
    if (before && tab.session?.id === before.id)
      this.fail(53, `${tab.name} does not take newer tokens: ${error}`)
  }

  /** Whether a tab and the storage have the same token, of two that came with one refresh token. */
  isAsNew(mine: Session, kept: Session): boolean {
    const [one = 0, other = 0] = [mine, kept].map(({ token }) => this.receipts.get(token)?.at)
    const isMoved = this.world.time.moves > 0 || this.crossed.has(mine.id)
    return mine.generation !== kept.generation || isMoved || Math.abs(one - other) <= 2
  }

  usesAgain({ name }: FuzzTab, { token }: Session): void {
    if (this.world.time.moves === 0) this.fail(53, `${name} goes back to an older token ${token}`)
  }

  // Storage

  written(tab: FuzzTab, before: unknown, after: unknown): void {
    const { setting } = this.world
    const isAtomic = setting.storage === 'indexed-db'
    const [old, id] = [idOf(before), idOf(after)]
    if (!isAtomic) this.cross(tab, [old, id])
    if (old !== null && old !== id) {
      const family = this.familyOf((before as Session).token)
      // A full storage loses a spent record, not its session.
      const isEnd = !this.world.storage.outage || tab.whose?.id !== old
      if (family && isEnd) this.removals.set(family, { by: tab, toldAt: Infinity })
    }
    if (id === null) return
    // A lapsed session has no tokens. A record of it that stays behind is found at the end of the run.
    const isEmpty = isLapsed(after as Stored)
    // By design: a session that has crossed with another tab's write may be stored again, and is not over then.
    const family = isEmpty ? undefined : this.familyOf((after as Session).token)
    if (family?.isStranger) this.fail(7, `${tab.name} stores another user's tokens`)
    if (family && this.unused.has(family)) this.fail(13, `${tab.name} stores an overtaken login`)
    if (family && this.crossed.has(id)) this.removals.delete(family)
    if (!isEmpty && this.loggedOutIn.has(`${tab.name} ${id}`))
      this.fail(10, `${tab.name} stores what it ended`)
    if (old === id && !isEmpty) this.updated(id, before as Stored, after as Session)
    const isUpdate = old === id && !isEmpty && this.isUpdate(before as Session, after as Session)
    if (old === id && !isUpdate && generationOf(after) <= generationOf(before)) {
      this.fail(20, `${tab.name} writes generation ${generationOf(after)} over a later one`)
    }
    if (isAtomic && old !== null && old !== id && this.stored.has(id) && !this.over.has(old)) {
      this.fail(13, `${tab.name} overwrites a login`)
    }
    // The later one of two concurrent logins replaces the earlier one.
    if (old !== null && old !== id && !this.stored.has(id)) this.over.add(old)
    this.stored.add(id)
  }

  /** Whether newer tokens take the place of older ones of one generation. */
  private isUpdate(before: Session, after: Session): boolean {
    const [one, other] = [before, after].map(({ token }) => this.receipts.get(token)?.at ?? 0)
    return (
      before.generation === after.generation &&
      before.refreshToken === after.refreshToken &&
      (this.world.time.moves > 0 || one! <= other!)
    )
  }

  private updated(id: string, before: Stored, { generation, token }: Session): void {
    const at = this.world.time.awake
    const isNewer = this.newer.has(token)
    const last = this.lastWrites.get(id)
    this.lastWrites.set(id, { generation, at, isNewer })
    if (isNewer && generation > generationOf(before)) this.slid.set(id, { generation, at })
    // By design: newer tokens wait for no turn, so in localStorage they may cross with a successor, which is lost.
    const isCrossing = last && last.generation !== generation && at - last.at < SEEN_WITHIN
    const isOlder = isNewer ? last && last.generation > generation : last?.isNewer
    if (this.world.setting.storage === 'web' && isCrossing && isOlder) this.reverted.add(id)
  }

  private cross(tab: FuzzTab, ids: (string | null)[]): void {
    const at = this.world.time.awake
    for (const [other, write] of this.writes) {
      if (other === tab || write.at < at - SECOND) continue
      for (const id of [...ids, ...write.ids]) this.crossed.add(id)
    }
    this.writes.set(tab, { at, ids })
  }

  announced(tab: FuzzTab): void {
    for (const removal of this.removals.values()) {
      if (removal.by === tab) removal.toldAt = Math.min(removal.toldAt, this.world.time.awake)
    }
  }

  /** By design: in an outage, the login that was announced last counts among concurrent ones. */
  get isContested(): boolean {
    const { time, isTroubled } = this.world
    const since = time.awake - BROKEN_AFTER - SECOND
    return isTroubled && this.loginsAt.filter((at) => at > since).length > 1
  }

  broken(tab: FuzzTab): void {
    if (!this.world.isTroubled && !tab.freezes) this.fail(24, `${tab.name} gave its storage up`)
  }

  /** By design: what a tab could not store is lost when it is closed or frozen, and does not answer the others. */
  leaving({ session }: FuzzTab): void {
    if (session && this.world.isTroubled) this.over.add(session.id)
  }

  cleared(): void {
    this.endAll()
  }

  private endAll(): void {
    const { storage, living } = this.world
    const ids = [storage.visible(), ...living.map((tab) => storage.visible(tab))].map(idOf)
    for (const id of [...ids, ...living.map(({ whose }) => whose?.id ?? null)]) {
      if (id !== null) this.over.add(id)
    }
  }

  signingIn({ name }: FuzzTab, login: Login): void {
    if (login.isAsked) this.fail(13, `${name} asks the server for each of two clicks`)
    login.isAsked = true
  }

  signedIn(tab: FuzzTab, login: Login, tokens: Tokens): void {
    const { time, oracle } = this.world
    const family = oracle.familyOf(tokens.access_token)!
    login.isAnswered = true
    this.received(tab, tokens)
    if (login.isOvertaken) return void this.unused.set(family, tab)
    tab.logins++
    this.endAll()
    this.loginsAt.push(time.awake)
    time.after(tab, 0, () => {
      const { session } = tab
      const isUsed = session !== null && this.familyOf(session.token) === family
      if (login === tab.login && !isUsed) this.fail(13, `${tab.name} does not use its login`)
    })
  }

  /** A login that was overtaken rejects at once. */
  overtaken(tab: FuzzTab, login: Login): void {
    this.world.time.after(tab, 0, () => {
      if (login.isOut) this.fail(13, `${tab.name} lets a login wait that was overtaken`)
    })
  }

  /** The server was told of the end of each session that no tab has used. A closed tab cannot tell. */
  judgeUnused(): void {
    for (const [family, tab] of this.unused) {
      if (!tab.isGone && !family.isRevoked)
        this.fail(13, `${tab.name} leaves the session of an overtaken login at the server`)
    }
  }

  loggedOut(tab: FuzzTab, ended: Session): void {
    const { time, living } = this.world
    this.over.add(ended.id)
    this.loggedOutIn.add(`${tab.name} ${ended.id}`)
    this.loggedOutOf.set(ended.id, tab)
    const awake = living.filter((other) => !other.isFrozen)
    const freezes = awake.map((other) => other.freezes)
    const self = tab.freezes
    time.after(null, SECOND, () => {
      if (tab.isGone || tab.freezes !== self) return
      for (const [index, other] of awake.entries()) {
        if (other.isGone || other.freezes !== freezes[index] || this.world.isTroubled) continue
        if ((other.session ?? other.whose)?.id === ended.id)
          this.fail(11, `${other.name} knows of no logout`)
      }
    })
  }

  // Calls

  /** While its token lives, a request is sent in the step in which it is made. */
  called(call: Call): void {
    const { tab } = call
    const { time, setting } = this.world
    const { session } = tab
    if (!session || tab.whose !== session || tab.keeper.rereading() || time.moves > 0) return
    const receipt = this.receipts.get(session.token)
    // A response has called the token expired, and its refresh may be under way.
    if (!receipt || this.refusedIn.get(tab)?.has(session.token)) return
    const lifetime = receipt.lifetime ?? Infinity
    const left = lifetime - (time.true - receipt.at)
    const ahead = Math.min(setting.leeway || 0, lifetime / 4)
    if (left <= Math.min(defaultOptions.minValidity, ahead / 2)) return
    time.after(null, 0, () => {
      const waits = call.result === null || isAuthError(call.result, 'unreachable')
      if (waits && call.sends.length === 0) {
        this.fail(56, `${tab.name} lets a request wait, though its token lives for ${left} ms`)
      }
    })
  }

  sent(call: Call, token: string | null): void {
    const { tab, sends } = call
    const { time, setting } = this.world
    const family = token === null ? null : this.familyOf(token)
    if (family?.isStranger) this.fail(7, `${tab.name} sends another user's token`)
    if (family && this.unused.has(family)) this.fail(13, `${tab.name} sends for an overtaken login`)
    if (call.owner === undefined) call.owner = family
    const isHeir = call.owner && tab.lapsedOf.has(call.owner) && call.owner.user === family?.user
    if (call.owner !== family && !isHeir) {
      this.fail(12, `${tab.name} sends with another session's token`)
    }
    if (sends.length > 1) this.fail(25, `${tab.name} sends a third time`)
    if (sends.length > 0 && !call.wasRefused) this.fail(25, `${tab.name} replays without a 401`)
    if (call.isAborted) this.fail(17, `${tab.name} sends what was aborted`)
    sends.push(token)
    if (token === null || !family) return
    const removal = this.removals.get(family)
    const toldAt = removal ? Math.max(removal.toldAt, 0) + SECOND : Infinity
    const isAwake = tab.thawedAt < toldAt - SECOND || call.startedAt > toldAt
    if (removal && removal.by !== tab && time.awake > toldAt && isAwake) {
      this.fail(11, `${tab.name} sends for a session that is over`)
    }
    const receipt = this.receipts.get(token)
    const { leeway } = setting
    if (leeway === false || time.moves > 0 || !receipt || receipt.lifetime === null) return
    // By design: a tab that sleeps or is frozen between the answer and its use, uses the token once.
    if (receipt.tab === tab && tab.awake - receipt.awakeAt < SECOND) return
    if (time.true - receipt.at > receipt.lifetime) this.fail(29, `${tab.name} sends a dead token`)
  }

  refused(tab: FuzzTab, token: string | null, call?: Call): void {
    if (call) call.wasRefused = true
    if (call && call.sends.length > 1) tab.refusedReplays.add(token)
    if (token === null) return
    const tokens = this.refusedIn.get(tab) ?? new Set()
    this.refusedIn.set(tab, tokens.add(token))
  }

  settled(call: Call, result: unknown): void {
    const { tab, sends } = call
    const { time } = this.world
    call.result = result
    const waited = tab.awake - call.awakeAt - call.onWire - (tab.lapsedMs - call.lapsedMs)
    const turns = 1 + tab.lapses - call.lapses
    const bound = (refreshTimeout + SLACK) * turns + SECOND * (tab.freezes - call.freezes)
    if (waited > bound) this.fail(16, `${tab.name} let a request wait for ${waited} ms`)
    if (call.isAborted && !isCancel(result)) {
      this.fail(17, `${tab.name} answers what was aborted with ${String(result)}`)
    }
    if (typeof result === 'number' || isCancel(result)) return
    if (!(result instanceof Error)) return this.fail(39, `rejected with ${String(result)}`)
    if (sends.length === 0 && !isAuthError(result)) this.fail(34, `no cause: ${result.message}`)
    const isHeir = !!call.owner && tab.lapsedOf.has(call.owner)
    const heir = tab.session && this.familyOf(tab.session.token)
    const isOthers = !!call.owner && !!heir && heir !== call.owner && !isHeir
    // A session may end for another reason just before the next one is adopted: then that is the answer (34).
    const reason = call.owner && tab.endedFor.get(call.owner)
    const isTrue = isAuthError(result, 'superseded') || (!!reason && isAuthError(result, reason))
    if (isOthers && isAuthError(result) && !isTrue) {
      this.fail(12, `${tab.name} says ${causeOf(result)} instead of superseded`)
    }
    if (call.wasRefused || time.moves > 0 || !isAuthError(result, 'unreachable')) return
    const { session } = tab
    const receipt = session && this.receipts.get(session.token)
    if (!receipt || this.refusedIn.get(tab)?.has(session.token)) return
    const isAlive = time.true - receipt.at < (receipt.lifetime ?? Infinity)
    if (isAlive && this.lives(session.token)) {
      this.fail(32, `${tab.name} does not send with a token that lives`)
    }
  }

  afterAbort(call: Call): void {
    if (call.result === null) this.fail(17, `${call.tab.name} does not settle what was aborted`)
  }
}
