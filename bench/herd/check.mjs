import { randomGap, TokenEndpoint } from './world.mjs'
import { TABS_OF_MANY } from './clients.mjs'

/** What the sessions begin with. */
const OLD = 'old'
/** In ms, when tokens of the shortest lifetime there is are over. */
const LAPSE = 2_000

const nextTask = () => new Promise((resolve) => setImmediate(resolve))

/** Replaces the clocks and timers that the library uses by a virtual one, until it is disposed of. */
class VirtualClock {
  #real = { setTimeout, clearTimeout, dateNow: Date.now, performanceNow: performance.now }
  #now = 0
  /** The timers that end in a millisecond. */
  #slots = new Map()

  constructor() {
    const [wall, monotonic] = [Date.now(), performance.now()]
    globalThis.setTimeout = (callback, delay = 0) => {
      const timer = { callback }
      const at = Math.ceil(this.#now + delay)
      const slot = this.#slots.get(at)
      if (slot) slot.push(timer)
      else this.#slots.set(at, [timer])
      return timer
    }
    globalThis.clearTimeout = (timer) => {
      if (timer) timer.callback = null
    }
    Date.now = () => wall + this.#now
    performance.now = () => monotonic + this.#now
  }

  get now() {
    return this.#now
  }

  async advance(duration) {
    for (const end = this.#now + duration; this.#now < end; this.#now++) {
      // The slot grows while it is emptied.
      for (const { callback } of this.#slots.get(this.#now) ?? []) {
        if (!callback) continue
        callback()
        await nextTask()
      }
      this.#slots.delete(this.#now)
    }
  }

  dispose() {
    globalThis.setTimeout = this.#real.setTimeout
    globalThis.clearTimeout = this.#real.clearTimeout
    Date.now = this.#real.dateNow
    performance.now = this.#real.performanceNow
  }
}

/** What the tabs of one client share: storage, a lock and a channel, none of which takes any time. */
class Browser {
  #record = null
  #turn = Promise.resolve()
  #keepers = new Set()

  /** Opens a tab with a session keeper in it. */
  open(createSessionKeeper, options, { exchange, classifyFailure }) {
    const nothing = () => {}
    const keeper = createSessionKeeper(
      {
        exchange,
        classifyFailure,
        emit: nothing,
        onChange: nothing,
        onJoin: nothing,
        onFlight: nothing,
        onFailure: nothing,
        onLapse: nothing,
        onWanted: nothing,
        mayLapse: () => false,
        online: async () => {},
        read: async () => this.#record,
        update: async (change) => {
          const next = change(this.#record)
          if (next !== undefined) this.#record = next
          return this.#record
        },
        announce: () => {
          const others = [...this.#keepers].filter((other) => other !== keeper)
          for (const other of others) queueMicrotask(() => other.look())
        },
        hold: async (work, signal) => {
          const turn = this.#turn
          let release
          this.#turn = new Promise((resolve) => (release = resolve))
          await turn
          try {
            signal.throwIfAborted()
            return await work(() => true)
          } finally {
            release()
          }
        },
      },
      options,
    )
    this.#keepers.add(keeper)
    return keeper
  }
}

/**
 * The same as `simulateLibrary`, on a clock as virtual, but with the library's own session keepers; so for a thousand
 * clients, not a million.
 *
 * @param {import('./clients.mjs').Scenario} scenario all tokens of which have run out, or have been revoked
 * @param {boolean} isKnown whether the clients know that
 * @param {{ createSessionKeeper: Function, classifyFailure: Function, options: object }} library
 */
export async function runLibrary(
  scenario,
  isKnown,
  { createSessionKeeper, classifyFailure, options },
) {
  const { clients, manyTabs, viewEvery, requestsAtOnce, horizon } = scenario
  const clock = new VirtualClock()
  const endpoint = new TokenEndpoint(scenario.endpoint)
  const counts = { exchanges: 0, rejected: 0 }

  const exchange = () =>
    new Promise((resolve, reject) => {
      const now = clock.now - LAPSE
      const answer = endpoint.ask(now)
      counts.exchanges++
      setTimeout(
        () => {
          if (answer >= 0) {
            resolve({ token: 'new', refreshToken: 'refresh', expiresIn: 3_600, scope: null })
            return
          }
          const seconds = endpoint.retryAfter(-answer)
          const headers = seconds === null ? {} : { 'retry-after': String(seconds) }
          reject(Object.assign(new Error('503'), { response: { status: 503, headers } }))
        },
        Math.abs(answer) - now,
      )
    })

  /** As `authenticate.ts` does it. */
  async function request(keeper) {
    const since = clock.now
    try {
      const session = await keeper.acquire(keeper.owner())
      if (session.token !== OLD) return
      await keeper.recover(session, { method: 'get', url: '/orders' }, clock.now - since)
    } catch {
      counts.rejected++
    }
  }

  function browse(keeper) {
    setTimeout(() => {
      if (keeper.current().token !== OLD) return
      browse(keeper)
      for (let count = 0; count < requestsAtOnce; count++) void request(keeper)
    }, randomGap(viewEvery))
  }

  try {
    const keepers = []
    const expiresIn = isKnown ? 1 : 3_600
    for (let client = 0; client < clients; client++) {
      const browser = new Browser()
      for (let tab = 0; tab < (client < manyTabs ? TABS_OF_MANY : 1); tab++) {
        const keeper = browser.open(createSessionKeeper, options, { exchange, classifyFailure })
        if (tab > 0) await keeper.restore()
        else {
          await keeper.start({ token: OLD, refreshToken: 'refresh', expiresIn, scope: null })
        }
        keepers.push(keeper)
      }
    }
    await clock.advance(LAPSE)
    for (const keeper of keepers) browse(keeper)
    await clock.advance(horizon)
    for (const keeper of keepers) keeper.dispose(new Error('The end.'))
  } finally {
    clock.dispose()
  }
  return counts
}
