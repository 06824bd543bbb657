// Does the jobs of index.mjs, one at a time, in a thread of its own.

import { parentPort } from 'node:worker_threads'
import { openSource } from '../../scripts/source.mjs'
import { runLibrary } from './check.mjs'
import { simulateLibrary, simulateNaive } from './clients.mjs'
import { seededRandom } from './world.mjs'

/**
 * @typedef {object} Job
 * @property {'simulated' | 'naive' | 'itself'} kind `itself`: with the library's own session keepers
 * @property {import('./clients.mjs').Scenario} scenario
 * @property {number} seed
 * @property {string} [against] the URL of a module whose `policy` replaces members of the library's
 * @property {number} [retries] of naive clients
 * @property {boolean} [isKnown] for `itself`: whether the clients know that their tokens are over
 */

const vite = await openSource()
const { classifyFailure } = await vite.ssrLoadModule('/src/session/failure.ts')
const { backoff, coolDown, retryAfter } = await vite.ssrLoadModule('/src/session/spacing.ts')
const { createSessionKeeper } = await vite.ssrLoadModule('/src/session/session-keeper.ts')
const { composeSharedSession } = await vite.ssrLoadModule('/src/shared/open-shared-session.ts')
const { defaultOptions } = await vite.ssrLoadModule('/src/options.ts')
const { VirtualTime } = await vite.ssrLoadModule('/tests/support/virtual-time.ts')
await vite.close()
const { refreshTimeout, retries } = defaultOptions

/** There are few different ones, and reading one takes longer than all the rest. */
function remembering(read) {
  const known = new Map()
  return (seconds) => {
    if (!known.has(seconds)) known.set(seconds, read(seconds))
    return known.get(seconds)
  }
}

/** @type {import('./clients.mjs').Policy} what refresher.ts and spacing.ts make of the pure functions */
const library = {
  refreshTimeout,
  retries: (failures) => (failures > 0 ? 0 : retries),
  retryIn: backoff,
  coolDown: (failures, retryIn) => Math.max(retryIn, coolDown(failures, refreshTimeout / 2)),
  retryAfter: remembering((seconds) => {
    const headers = seconds === null ? {} : { 'retry-after': String(seconds) }
    return retryAfter({ response: { status: 503, headers } })
  }),
}

/** @param {Job} job */
async function perform({ kind, scenario, seed, against, retries = 0, isKnown = false }) {
  // The library's functions use it as well.
  Math.random = seededRandom(seed)
  const withDefaults = { ...scenario, leeway: defaultOptions.leeway }
  if (kind === 'naive') return simulateNaive(withDefaults, retries)
  if (kind === 'itself') {
    const source = {
      createSessionKeeper,
      composeSharedSession,
      classifyFailure,
      options: defaultOptions,
      VirtualTime,
    }
    return runLibrary(withDefaults, isKnown, seed, source)
  }
  const policy = against ? (await import(against)).policy : {}
  return simulateLibrary(withDefaults, { ...library, ...policy })
}

parentPort?.on('message', (job) => {
  void perform(job).then((result) => parentPort?.postMessage(result))
})
