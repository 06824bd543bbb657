import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A situation in which every library is judged, by the requests that the server saw and the answers callers got.
 *
 * @typedef {object} Situation
 * @property {string} invariant its number in docs/design.md
 * @property {string} title what must be
 * @property {Needs} [needs] what the library must claim to do; where it does not, this is no fault of its
 * @property {'stale' | 'live' | 'brief' | 'nobody'} [token] in use at first. `stale`, the default: its lifetime is over
 *   by its own claims and for the server; `brief`: it lives for a second; `live` for an hour
 * @property {boolean} [isAlone] it needs the machine for itself, or changes what all share, as the clock
 * @property {number} [patience] how long callers wait for a refresh, in ms, where a library can be told
 * @property {(http: import('axios').AxiosInstance) => void} [prepare] what the application did to its axios before
 * @property {(world: World) => Promise<void>} run throws where something is not as it must be
 */

/** @typedef {'refusal' | 'redirect' | 'ahead' | 'dispose' | 'two users'} Needs */

/**
 * @typedef {object} World
 * @property {import('../../../tests/fixtures/auth-server').AuthServer} server
 * @property {import('axios').AxiosInstance} http the application's axios
 * @property {(user: string) => Promise<void>} signIn
 * @property {() => Promise<void>} signOut
 * @property {() => number} redirects
 * @property {() => void} dispose takes it off the application's axios
 * @property {() => Promise<Pick<World, 'http' | 'signIn' | 'signOut'>>} setUpAnother of the same, for another user
 * @property {() => Promise<World['server']>} startForeign a server of another origin
 * @property {{ age: number }} claims of the tokens that are issued from now on: since when they
 *   live, in seconds
 * @property {unknown[]} printed to the console so far
 * @property {(thing: unknown) => string[]} findSecrets paths to tokens in it
 */

export class Complaint extends Error {}

export function must(isSo, complaint) {
  if (!isSo) throw new Complaint(complaint)
}

/** The result of a promise: the response or the error. */
export const outcome = (promise) =>
  Promise.resolve(promise).then(
    (response) => ({ response, error: null }),
    (error) => ({ response: null, error }),
  )

/** The outcome, or a complaint when there is none in time. */
export async function outcomeWithin(ms, promise) {
  const stop = new AbortController()
  const late = sleep(ms, null, { signal: stop.signal }).catch(() => null)
  const result = await Promise.race([outcome(promise), late])
  stop.abort()
  must(result, `no answer within ${ms} ms`)
  return result
}

export const answered = ({ response }) => response?.status === 200

/** So many requests at once, each to a path of its own. */
export const burst = (http, count, path = '/orders') =>
  Promise.all(Array.from({ length: count }, (_, index) => outcome(http.get(`${path}/${index}`))))

/**
 * The same, with the token endpoint slower than everybody's refusal: its answer is held back until all have been
 * refused, and nothing more is coming.
 */
export async function slowBurst({ http, server }, count) {
  const release = server.hold('/auth/refresh')
  const outcomes = burst(http, count)
  await server.sees('/auth/refresh')
  for (let quiet = 0; quiet < 4;) {
    const seen = server.seen.length
    await sleep(80)
    quiet = server.seen.length > seen ? 0 : quiet + 1
  }
  release()
  return outcomes
}

/** Resolves when the event loop has had this long to do whatever it was going to. */
export const pause = (ms) => sleep(ms)

export async function mustAnswer(world, why = 'the next request was not answered') {
  must(answered(await outcomeWithin(3_000, world.http.get('/orders/after'))), why)
}

export const carries = (request) => request.headers.authorization !== undefined

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const HOUR = 3_600

/** A JWT that lives for an hour, from so many seconds ago. The signature is a mark to search for. */
export function accessToken(user, number, { age, lifetime = HOUR }) {
  const iat = Math.floor(Date.now() / 1_000) - age
  const claims = { sub: user, jti: number, iat, exp: iat + lifetime }
  return [base64url({ alg: 'none', typ: 'JWT' }), base64url(claims), 'canary'].join('.')
}

/** Matches any token in any text. */
export const secret = /\.canary|refresh-ada-\d/

/** The user whose token a request carried, live or not. */
export function sentBy(authorization) {
  const claims = authorization?.split('.')[1]
  return claims ? JSON.parse(Buffer.from(claims, 'base64url').toString()).sub : null
}
