import axios from 'axios'
import { openSource } from '../../scripts/source.mjs'
import { seededRandom } from '../herd/world.mjs'
import { quantile } from '../quantile.mjs'
import { costOf, World } from './world.mjs'

const vite = await openSource()
const { VirtualTime } = await vite.ssrLoadModule('/tests/support/virtual-time.ts')
export const { defaultOptions } = await vite.ssrLoadModule('/src/options.ts')
await vite.close()

const SECOND = 1_000
/** Added time that counts as a delay, in ms. */
export const DELAYED = 5
/** Calls a second. */
export const RATE = 40
/** Time in which everything settles that ever will, in ms. */
const AFTERMATH = 60 * SECOND
const ORIGIN = 'https://api.example.test'

/**
 * A call of the application.
 *
 * @typedef {object} Call
 * @property {number} at in ms
 * @property {number} left of its token's life when it was made, as the server knows it, in ms
 * @property {number | null} added to what it costs otherwise, in ms; null where it was not answered
 */

/**
 * A library as bench/compare/rivals sets it up.
 *
 * @typedef {object} Rival
 * @property {string} file
 * @property {string} name
 * @property {object} [options]
 */

/**
 * Signs a user in, in a world of their own, and makes calls there.
 *
 * @param {Rival} rival
 * @param {import('./world.mjs').WorldOptions} options
 * @param {number} seed
 * @param {(use: { time: object, world: World, call: () => void }) => Promise<void>} work
 * @returns {Promise<{ world: World, calls: Call[] }>}
 */
async function inWorld(rival, options, seed, work) {
  const { setUp } = await import(`../compare/rivals/${rival.file}.mjs`)
  const time = new VirtualTime(seed, true)
  const world = new World(time, options)
  const { adapter } = axios.defaults
  // The rivals refresh by the global axios.
  axios.defaults.adapter = world.adapter
  const { http, signIn, dispose } = await setUp({
    origin: ORIGIN,
    patience: null,
    prepare() {},
    options: rival.options,
  })
  const calls = []
  const call = () => {
    const at = Date.now()
    const made = { at, left: world.delivered.expiresAt - at, added: null }
    calls.push(made)
    http.get('/orders/1').then(
      () => {
        made.added = Math.max(0, Date.now() - at - costOf(options))
      },
      () => {},
    )
  }
  try {
    // Tokens live for whole seconds of the server: begin anywhere in one.
    await time.pass(time.roll('phase') * SECOND)
    const signedIn = signIn('ada')
    await time.pass(SECOND + 2 * options.latency)
    await signedIn
    await work({ time, world, call })
    await time.pass(AFTERMATH)
  } finally {
    dispose()
    axios.defaults.adapter = adapter
    time.dispose()
  }
  return { world, calls }
}

/**
 * Users who make calls, at moments that are the same for all libraries.
 *
 * @param {Rival} rival
 * @param {import('./world.mjs').WorldOptions} options
 * @param {object} load
 * @param {number} load.users
 * @param {number} load.from in s from the login
 * @param {number} load.to in s from the login
 * @param {boolean} [load.isEven] whether the calls are evenly spaced; else their moments are random
 */
export async function meetLoad(rival, options, { users, from, to, isEven = false }) {
  const runs = []
  for (let seed = 1; seed <= users; seed++) {
    const random = seededRandom(seed)
    const run = await inWorld(rival, options, seed, async ({ time, call }) => {
      const gap = () => ((isEven ? 1 : -Math.log(1 - random())) * SECOND) / RATE
      for (let at = from * SECOND; at < to * SECOND; at += gap()) time.after(null, at, call)
      await time.pass(to * SECOND)
    })
    runs.push(run)
  }
  const calls = runs.flatMap((run) => run.calls)
  const added = calls.flatMap((call) => (call.added === null ? [] : [call.added]))
  const sum = (countOf) => runs.reduce((total, { world }) => total + countOf(world), 0)
  return {
    runs,
    calls,
    delayed: added.filter((ms) => ms > DELAYED).length,
    p99: quantile(added, 0.99),
    worst: Math.max(...added),
    refused: sum(({ refused }) => refused),
    failed: calls.length - added.length,
    refreshes: sum(({ exchanges }) => exchanges.length),
    sends: sum(({ sends }) => sends),
  }
}

/** Requests of a page view, and the time in which it makes them, in ms. */
export const VIEW = { requests: 10, within: 500 }
/** Life that a token has left at most when a page is viewed, in ms. */
export const VIEWED_FROM = 6 * SECOND

/**
 * A user who comes back at random moments shortly before the token expires.
 *
 * @param {Rival} rival
 * @param {import('./world.mjs').WorldOptions} options
 * @param {number} views
 */
export async function viewPages(rival, options, views) {
  const random = seededRandom(1)
  const { world, calls } = await inWorld(rival, options, 1, async ({ time, world, call }) => {
    for (let view = 0; view < views; view++) {
      const expiry = world.delivered.at + options.lifetime * SECOND
      await time.pass(expiry - random() * VIEWED_FROM - Date.now())
      call()
      for (let more = 1; more < VIEW.requests; more++) {
        time.after(null, random() * VIEW.within, call)
      }
      // By then it is refreshed, and all is answered.
      await time.pass(VIEWED_FROM + 6 * options.latency)
    }
  })
  return {
    requests: calls.length,
    late: world.refused,
    delayed: calls.filter(({ added }) => added > DELAYED).length,
    believed: Math.max(0, ...world.believed),
    failed: calls.filter(({ added }) => added === null).length,
  }
}
