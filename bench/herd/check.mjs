import { randomGap, TokenEndpoint } from './world.mjs'
import { TABS_OF_MANY } from './clients.mjs'

/** The token that every session begins with. */
const OLD = 'old'
/** In ms: by then, even tokens of the shortest lifetime have expired. */
const LAPSE = 2_000

/** The storage, the lock and the channel that the tabs of one client share. None of them takes any time. */
class Browser {
  #record = null
  #turn = Promise.resolve()
  #keepers = new Set()

  /** Opens a tab with a session keeper in it. */
  open({ createSessionKeeper, composeSharedSession, options }, { exchange, classifyFailure }) {
    const record = {
      read: async () => this.#record,
      update: async (change) => {
        const next = change(this.#record)
        if (next !== undefined) this.#record = next
        return this.#record
      },
    }
    const exclusively = async (work, signal) => {
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
    }
    const announce = () => {
      const others = [...this.#keepers].filter((other) => other !== keeper)
      for (const other of others) queueMicrotask(() => other.reread())
    }
    const keeper = createSessionKeeper(
      {
        shared: composeSharedSession(record, exclusively, announce),
        exchange,
        emit() {},
        onState() {},
        isOnline: () => true,
        online: async () => {},
      },
      { ...options, classifyFailure, canLapse: false },
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
 * @param {number} seed
 * @param {{ createSessionKeeper: Function, composeSharedSession: Function, classifyFailure: Function, options: object, VirtualTime: Function }} source
 */
export async function runLibrary(scenario, isKnown, seed, source) {
  const { classifyFailure, VirtualTime } = source
  const { clients, manyTabs, viewEvery, requestsAtOnce, horizon } = scenario
  const time = new VirtualTime(seed, true)
  const endpoint = new TokenEndpoint(scenario.endpoint)
  const counts = { exchanges: 0, rejected: 0 }

  const exchange = () =>
    new Promise((resolve, reject) => {
      const now = time.awake - LAPSE
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

  /** Makes a request in the steps of `authenticate.ts`. */
  async function request({ requests }) {
    const since = time.awake
    try {
      const session = await requests.acquire(requests.ownerNow(false))
      if (session.token !== OLD) return
      await requests.recover(session, { method: 'get', url: '/orders' }, time.awake - since)
    } catch {
      counts.rejected++
    }
  }

  function browse(keeper) {
    setTimeout(() => {
      if (keeper.requests.current().token !== OLD) return
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
        const keeper = browser.open(source, { exchange, classifyFailure })
        if (tab > 0) await keeper.restore()
        else {
          await keeper.begin({ token: OLD, refreshToken: 'refresh', expiresIn, scope: null })
        }
        keepers.push(keeper)
      }
    }
    await time.pass(LAPSE)
    for (const keeper of keepers) browse(keeper)
    await time.pass(horizon)
    for (const keeper of keepers) keeper.dispose(new Error('The end.'))
  } finally {
    time.dispose()
  }
  return counts
}
