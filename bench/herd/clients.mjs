import { EventQueue, randomGap, Tally, TokenEndpoint } from './world.mjs'

/**
 * @typedef {object} Scenario durations in ms
 * @property {number} clients
 * @property {number} manyTabs how many of them, the first ones, have `TABS_OF_MANY` tabs; the others one
 * @property {number} viewEvery mean time between two page views in a tab, each at a random moment
 * @property {number} requestsAtOnce how many requests a page view makes
 * @property {number} horizon the end, at the latest
 * @property {number | null} spread within what time the tokens run out, evenly; null: all have from the start
 * @property {number} leeway how long before that a request of the library's refreshes ahead; no token has less at the
 *   start, where there is a spread
 * @property {import('./world.mjs').EndpointOptions} endpoint
 */

/**
 * How exchanges are spaced.
 *
 * @typedef {object} Policy durations in ms
 * @property {number} refreshTimeout
 * @property {(failures: number) => number} retries within a refresh, after so many failed ones in a row
 * @property {(attempt: number, retryAfter: number) => number} retryIn
 * @property {(failures: number, retryIn: number) => number} coolDown `retryIn` is 0 without a `Retry-After`
 * @property {(seconds: number | null) => number} retryAfter reads a `Retry-After`
 */

export const TABS_OF_MANY = 4
/** The requests of a page view are sent within this time, in ms. */
export const VIEW = 20

/** Events. */
const VIEWED = 0
const SERVED = 1
const REFUSED = 2
const WAKE = 3
/** The last kind, of naive clients alone: `ASK + n` is an attempt after n refused ones. */
const ASK = 4

/** The fields of a tab, and the index of each. They lie together, because loading a cache line takes the time here. */
const FIELDS = 8
const FLAGS = 0
const STAGE = 1
const ATTEMPT = 2
const FAILURES = 3
const PAUSED_UNTIL = 4
const FLIGHT_SINCE = 5
const QUEUEING_SINCE = 6
const WAITING = 7

/** Flags: it has a new token; it has needed one; requests wait for a refresh; that one is late. */
const LIVE = 1
const ASKED = 2
const FLYING = 4
const LATE = 8
/** Flags that the first tab has for all of its client: a new token is stored; one of them holds the lock. */
const RENEWED = 16
const LOCKED = 32

/** The stages of a tab's refresher. */
const IDLE = 0
const SLEEPING = 1
const QUEUEING = 2
const EXCHANGING = 3

/** The tabs of all clients, when they view pages, and what is counted. */
class Crowd {
  #scenario
  #live = 0
  /** When the token of a tab runs out; null: all have. */
  #expiry

  /** @param {Scenario} scenario */
  constructor(scenario) {
    const { clients, manyTabs, horizon, endpoint, spread, leeway } = scenario
    this.#scenario = scenario
    /** The tabs below this one share a session with others. */
    this.shared = manyTabs * TABS_OF_MANY
    this.tabs = this.shared + clients - manyTabs
    this.state = new Int32Array(this.tabs * FIELDS)
    this.queue = new EventQueue(horizon)
    const { state } = this
    this.touch = (tab) => state[tab * FIELDS]
    this.tally = new Tally(horizon)
    this.endpoint = new TokenEndpoint(endpoint)
    this.#expiry = spread === null ? null : new Float64Array(this.tabs)
    this.#expiry?.forEach((_, tab, expiry) => {
      const first = this.firstOf(tab)
      expiry[tab] = first < tab ? expiry[first] : leeway + Math.random() * (spread ?? 0)
    })
  }

  /** @param {number} leeway how long before its expiry a token is of interest; nothing matters before */
  begin(leeway) {
    for (let tab = 0; tab < this.tabs; tab++) {
      this.#nextView(tab, this.#expiry ? this.#expiry[tab] - leeway : 0)
    }
  }

  /** The first tab of the same client. */
  firstOf(tab) {
    return tab < this.shared ? tab - (tab % TABS_OF_MANY) : tab
  }

  hasExpired(tab, now) {
    return !this.#expiry || now >= this.#expiry[tab]
  }

  /** A page view. False where there is a new token: what comes then is of no interest. */
  needsToken(tab, now) {
    const flags = this.state[tab * FIELDS + FLAGS]
    if (flags & LIVE) return false
    this.#nextView(tab, now)
    if (!(flags & ASKED)) {
      this.state[tab * FIELDS + FLAGS] |= ASKED
      this.tally.asked++
    }
    return true
  }

  /** A new token is in use in this tab. */
  revive(tab, now) {
    const flags = this.state[tab * FIELDS + FLAGS]
    if (flags & LIVE) return
    this.state[tab * FIELDS + FLAGS] |= LIVE
    if (flags & ASKED) this.tally.recover(now)
    if (++this.#live === this.tabs) this.queue.stop()
  }

  /** Asks the token endpoint. The answer is one of two events. */
  exchange(tab, now, servedKind, refusedKind) {
    const answer = this.endpoint.ask(now)
    this.tally.exchange(now, answer < 0)
    this.queue.schedule(Math.abs(answer), answer < 0 ? refusedKind : servedKind, tab)
  }

  #nextView(tab, now) {
    this.queue.schedule(now + randomGap(this.#scenario.viewEvery), VIEWED, tab)
  }
}

/**
 * Clients with this library: the control flow of `refresher.ts` and, where it decides who asks, of `session-keeper.ts`
 * (`check.mjs` compares them). No exchange takes as long as `refreshTimeout`, so none is aborted.
 *
 * @param {Scenario} scenario
 * @param {Policy} policy
 */
export function simulateLibrary(scenario, policy) {
  const { refreshTimeout } = policy
  const { requestsAtOnce } = scenario
  const crowd = new Crowd(scenario)
  const { state, queue, tally, endpoint, shared } = crowd

  function fail(tab, now, retryIn) {
    const at = tab * FIELDS
    // One that outlived its waiters has been counted.
    if (!(state[at + FLAGS] & LATE)) state[at + FAILURES]++
    state[at + PAUSED_UNTIL] = Math.ceil(now + policy.coolDown(state[at + FAILURES], retryIn))
  }

  /** Counts the requests that waited. A failed refresh is not an error for them while the old token lives. */
  function land(tab, now, hasToken) {
    const at = tab * FIELDS
    if (!(state[at + FLAGS] & FLYING)) return
    state[at + FLAGS] &= ~FLYING
    if (!hasToken && crowd.hasExpired(tab, now)) tally.reject(now, state[at + WAITING])
    else tally.wait(now - state[at + FLIGHT_SINCE], state[at + WAITING])
  }

  /** Waiters give up after the timeout. It shows only when the tab is looked at, so it needs no event. */
  function settleTimeout(tab, now) {
    const at = tab * FIELDS
    const deadline = state[at + FLIGHT_SINCE] + refreshTimeout
    if (now < deadline || !(state[at + FLAGS] & FLYING)) return
    fail(tab, deadline, 0)
    state[at + FLAGS] |= LATE
    land(tab, deadline, false)
  }

  function view(tab, now) {
    if (!crowd.needsToken(tab, now)) return
    settleTimeout(tab, now)
    const at = tab * FIELDS
    if (state[at + FLAGS] & FLYING) {
      state[at + WAITING] += requestsAtOnce
      return
    }
    const isIdle = state[at + STAGE] === IDLE
    const isStalled = state[at + FAILURES] > 0 && (!isIdle || now < state[at + PAUSED_UNTIL])
    if (isStalled && !crowd.hasExpired(tab, now)) return
    state[at + FLAGS] |= FLYING
    state[at + FLIGHT_SINCE] = now
    state[at + WAITING] = requestsAtOnce
    // Where one is under way, it is late, and is joined.
    if (isIdle) refresh(tab, now)
  }

  function refresh(tab, now) {
    const at = tab * FIELDS
    state[at + FLAGS] &= ~LATE
    state[at + ATTEMPT] = 1
    const wait = state[at + PAUSED_UNTIL] - now
    if (wait >= refreshTimeout) land(tab, now, false)
    else if (wait > 0) sleep(tab, now + wait)
    else attempt(tab, now)
  }

  function sleep(tab, until) {
    state[tab * FIELDS + STAGE] = SLEEPING
    queue.schedule(until, WAKE, tab)
  }

  function attempt(tab, now) {
    const at = tab * FIELDS
    const shares = crowd.firstOf(tab) * FIELDS + FLAGS
    if (state[shares] & LOCKED) {
      state[at + STAGE] = QUEUEING
      state[at + QUEUEING_SINCE] = now
    } else if (state[shares] & RENEWED) succeed(tab, now)
    else {
      state[shares] |= LOCKED
      state[at + STAGE] = EXCHANGING
      crowd.exchange(tab, now, SERVED, REFUSED)
    }
  }

  function succeed(tab, now) {
    state[tab * FIELDS + STAGE] = IDLE
    state[tab * FIELDS + FAILURES] = 0
    land(tab, now, true)
    crowd.revive(tab, now)
  }

  /** The tab that waits for the lock of this client, and has for longest; -1: none. */
  function nextInQueue(first) {
    let next = -1
    for (let tab = first; tab < first + TABS_OF_MANY; tab++) {
      const since = state[tab * FIELDS + QUEUEING_SINCE]
      const isEarlier = next < 0 || since < state[next * FIELDS + QUEUEING_SINCE]
      if (state[tab * FIELDS + STAGE] === QUEUEING && isEarlier) next = tab
    }
    return next
  }

  /** The lock is free for the next one; for all of them, one after the other, when they find a new token. */
  function release(tab, now) {
    const first = crowd.firstOf(tab)
    state[first * FIELDS + FLAGS] &= ~LOCKED
    if (tab >= shared) return
    for (;;) {
      const next = state[first * FIELDS + FLAGS] & LOCKED ? -1 : nextInQueue(first)
      if (next < 0) return
      settleTimeout(next, now)
      attempt(next, now)
    }
  }

  function served(tab, now) {
    const first = crowd.firstOf(tab)
    state[first * FIELDS + FLAGS] |= RENEWED
    succeed(tab, now)
    release(tab, now)
    if (tab >= shared) return
    // The other tabs hear of it; but a refresh in flight finds it for itself.
    for (let other = first; other < first + TABS_OF_MANY; other++) {
      settleTimeout(other, now)
      if (!(state[other * FIELDS + FLAGS] & FLYING)) crowd.revive(other, now)
    }
  }

  function refused(tab, now) {
    const at = tab * FIELDS
    state[at + STAGE] = IDLE
    release(tab, now)
    const retryAfter = policy.retryAfter(endpoint.retryAfter(now))
    const retryIn = policy.retryIn(state[at + ATTEMPT], retryAfter)
    const isLast = state[at + ATTEMPT] > policy.retries(state[at + FAILURES])
    if (isLast || now + retryIn >= state[at + FLIGHT_SINCE] + refreshTimeout) {
      fail(tab, now, retryAfter && retryIn)
      land(tab, now, false)
    } else {
      state[at + ATTEMPT]++
      sleep(tab, now + retryIn)
    }
  }

  crowd.begin(scenario.leeway)
  queue.run((kind, tab, now) => {
    if (kind === VIEWED) {
      view(tab, now)
      return
    }
    settleTimeout(tab, now)
    if (kind === WAKE) attempt(tab, now)
    else if (kind === SERVED) served(tab, now)
    else refused(tab, now)
  }, crowd.touch)
  return tally
}

/**
 * Clients as they are often written: every refused request refreshes on its own, and again at once when that fails;
 * no tab knows of the others. In their favour, a refresh token may be used any number of times.
 *
 * @param {Scenario} scenario
 * @param {number} retries
 */
export function simulateNaive(scenario, retries) {
  const { requestsAtOnce } = scenario
  const crowd = new Crowd(scenario)
  const { state, queue, tally } = crowd

  crowd.begin(0)
  queue.run((kind, tab, now) => {
    if (kind === VIEWED) {
      if (!crowd.needsToken(tab, now)) return
      state[tab * FIELDS + FLIGHT_SINCE] = now
      for (let request = 0; request < requestsAtOnce; request++) {
        queue.schedule(now + Math.random() * VIEW, ASK, tab)
      }
    } else if (kind === SERVED) {
      tally.wait(now - state[tab * FIELDS + FLIGHT_SINCE], 1)
      crowd.revive(tab, now)
    } else {
      if (kind - ASK <= retries) crowd.exchange(tab, now, SERVED, kind + 1)
      else tally.reject(now, 1)
    }
  }, crowd.touch)
  return tally
}
