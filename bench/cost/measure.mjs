import { quantile } from '../quantile.mjs'
import { nextTask } from './adapter-server.mjs'

/** @typedef {import('./candidates.mjs').Candidate} Candidate */
/** @typedef {{ median: number, low: number, high: number }} Spread the median and both quartiles */

/**
 * Requests in one sample. A millisecond is seldom interrupted by another program, whose use of the caches would count,
 * and seldom by the collector of garbage: bursts measure that.
 */
export const SAMPLE = 10
/** Rounds of such samples after which everything is compiled. */
export const WARM_UP = 500

/**
 * @param {number[]} values
 * @returns {Spread}
 */
export function spreadOf(values) {
  const at = (share) => quantile(values, share)
  return { median: at(0.5), low: at(0.25), high: at(0.75) }
}

const shuffled = (items) =>
  Array.from(items, (item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)

/**
 * Measures all samples in turn, round after round, so that other work of the machine meets them alike. Each round has
 * an order of its own, so that no sample always comes after the same one and its garbage.
 *
 * @template T
 * @param {number} rounds
 * @param {(() => Promise<T>)[]} samples
 * @returns {Promise<T[][]>} for each round, what each sample gave
 */
export async function inRounds(rounds, samples) {
  const results = []
  for (let round = 0; round < rounds; round++) {
    const result = Array.from({ length: samples.length })
    for (const index of shuffled(samples.keys())) {
      await nextTask()
      result[index] = await samples[index]()
    }
    results.push(result)
  }
  return results
}

/**
 * The time in ms, of the processor rather than of the clock: nothing here waits for anything, and other programs on the same
 * machine don't count.
 */
export function now() {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

/**
 * Some requests one after the other, whose user is signed in.
 *
 * @param {Candidate} candidate
 * @returns {Promise<number>} in ms
 */
export async function timeRequests({ http }) {
  const begun = now()
  for (let i = 0; i < SAMPLE; i++) await http.get('/orders')
  return now() - begun
}

/** @typedef {{ time: number, refreshes: number, sends: number, answered: number }} Burst time in ms */

/**
 * @param {ReturnType<import('./adapter-server.mjs').createServer>} server
 * @param {() => Promise<number>} work resolves with how many requests were answered
 * @param {number} [times] how many short bursts are one sample; missing for a long one
 * @returns {Promise<Burst>} of all of them together
 */
async function timeBurst(server, work, times) {
  // Five seconds pass before each burst: refreshes in quicker succession are spaced.
  const monotonic = performance.now.bind(performance)
  let passed = 0
  performance.now = () => monotonic() + passed
  // No sample pays for the garbage of the one before. Short bursts do without: it costs compiled code as well.
  if (times === undefined) globalThis.gc()
  server.sends = 0
  server.refreshes = 0
  let answered = 0
  const begun = now()
  for (let i = 0; i < (times ?? 1); i++) {
    passed += 5_000
    server.expire()
    answered += await work()
  }
  const time = now() - begun
  delete performance.now
  return { time, refreshes: server.refreshes, sends: server.sends, answered }
}

/** Asks that often at once; resolves with how many were answered. */
async function ask(http, count) {
  let answered = 0
  const onAnswer = () => void answered++
  const onLoss = () => {}
  const requests = []
  for (let i = 0; i < count; i++) requests.push(http.get('/orders').then(onAnswer, onLoss))
  await Promise.all(requests)
  return answered
}

/**
 * A burst on a token that the server does not accept any more, which only its answers tell.
 *
 * @param {Candidate} candidate
 * @param {number} count
 * @param {number} [times] how many short bursts, one after the other
 */
export async function refusedBurst({ http, server, signIn }, count, times) {
  await signIn()
  return timeBurst(server, () => ask(http, count), times)
}

/**
 * A burst on a token that the client knows to be over.
 *
 * @param {Candidate} candidate
 * @param {number} count
 */
export async function lapsedBurst({ http, server, lapse }, count) {
  await lapse()
  return timeBurst(server, () => ask(http, count))
}

/**
 * The sends of a burst and nothing else: so many refused, one refresh, so many answered.
 *
 * @param {ReturnType<import('./candidates.mjs').bareAxios>} candidate
 * @param {{ refused: number, answered: number }} counts
 * @param {number} [times] how many short bursts, one after the other
 */
export function bareBurst({ http, server, refresh }, { refused, answered }, times) {
  const work = async () => {
    await ask(http, refused)
    await refresh()
    return ask(http, answered)
  }
  return timeBurst(server, work, times)
}

/** Lets go of garbage, also of what only a finalizer or a task still held. */
async function heapUsed() {
  for (let i = 0; i < 3; i++) {
    await nextTask()
    globalThis.gc()
  }
  return process.memoryUsage().heapUsed
}

/**
 * The heap that requests hold while they wait.
 *
 * @param {import('axios').AxiosInstance} http
 * @param {number} count
 * @param {() => void} release lets them go on
 * @returns {Promise<number | null>} bytes for each; null when not all of them wait
 */
async function weigh(http, count, release) {
  let settled = 0
  const settle = () => void settled++
  const requests = Array.from({ length: count })
  const before = await heapUsed()
  for (let i = 0; i < count; i++) requests[i] = http.get('/orders').then(settle, settle)
  const bytes = ((await heapUsed()) - before) / count
  const waiting = count - settled
  release()
  await Promise.all(requests)
  return waiting === count ? bytes : null
}

/** @typedef {(candidate: Candidate, count: number) => Promise<number | null>} Weighing */

/** @type {Weighing} Requests that the transport does not answer yet. */
export async function weighSent({ http, server, signIn }, count) {
  await signIn()
  return weigh(http, count, server.hold({ all: true }))
}

/** @type {Weighing} Requests that were refused and wait for the refresh. */
export async function weighRefused({ http, server, signIn }, count) {
  await signIn()
  server.expire()
  return weigh(http, count, server.hold())
}

/** @type {Weighing} Requests made while a refresh is in flight. */
export async function weighUnsent({ http, server, signIn, lapse }, count) {
  await (lapse ?? signIn)()
  server.expire()
  const release = server.hold()
  const first = http.get('/orders').catch(() => {})
  await nextTask()
  const bytes = await weigh(http, count, release)
  await first
  return bytes
}
