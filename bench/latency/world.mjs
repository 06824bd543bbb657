// A network, an API and a token endpoint on a driven clock, as an axios adapter: nothing here takes real time.

import settle from 'axios/unsafe/core/settle.js'
import { jwt } from '../cost/adapter-server.mjs'

const SECOND = 1_000
/** Time that the API takes for an answer, in ms. */
const SERVICE = 10
/** Time that the token endpoint takes once its trouble is over, and for a login, in ms. */
const PROMPT = 50

/**
 * @typedef {object} Endpoint
 * @property {string} name
 * @property {number} time until it has issued tokens, in ms
 * @property {'hang' | 503} [trouble] what comes of exchanges for a while, from the first one on
 * @property {number} [lasts] how long the trouble lasts, in ms
 */

/**
 * @typedef {object} WorldOptions
 * @property {number} lifetime of access tokens, in s
 * @property {number} latency of the network, one way, in ms
 * @property {Endpoint} endpoint
 * @property {boolean} revokes whether a new access token is the end of the old one
 */

/** One user's server. It rotates refresh tokens, and judges each request when it arrives. */
export class World {
  /** Requests that have reached the API, refused ones among them. */
  sends = 0
  refused = 0
  /** When each exchange was sent, and answered if it was, in ms. */
  exchanges = []
  /** The token that has reached the client last; times in ms. */
  delivered = { at: 0, expiresAt: 0 }
  /** The life that a client still gave its token when it sent a request that was refused, in ms; for each of them. */
  believed = []
  #time
  #options
  /** When each access token expires, in ms. */
  #live = new Map()
  #issued = 0
  #troubleUntil = null

  /**
   * @param {import('../../tests/support/virtual-time.ts').VirtualTime} time
   * @param {WorldOptions} options
   */
  constructor(time, options) {
    this.#time = time
    this.#options = options
  }

  /** @type {import('axios').AxiosAdapter} */
  adapter = (config) =>
    new Promise((resolve, reject) => {
      const sentAt = Date.now()
      const believed = this.delivered.at + this.#options.lifetime * SECOND - sentAt
      const exchange = { sentAt, answeredAt: null }
      const answer = (status, data) =>
        this.#after(this.#options.latency, () => {
          exchange.answeredAt = Date.now()
          const headers = { 'content-type': 'application/json' }
          const body = JSON.stringify(data)
          settle(resolve, reject, { data: body, status, statusText: '', headers, config })
        })
      const isExchange = config.url.endsWith('/auth/refresh')
      if (isExchange) this.exchanges.push(exchange)
      this.#after(this.#options.latency, () => {
        if (isExchange) this.#exchange(config, answer)
        else if (config.url.endsWith('/auth/login')) this.#issue(PROMPT, answer)
        else this.#serve(config, believed, answer)
      })
    })

  #after(delay, work) {
    this.#time.after(null, delay, work)
  }

  #serve(config, believed, answer) {
    const token = String(config.headers.Authorization).replace('Bearer ', '')
    const isLive = Date.now() < this.#live.get(token)
    this.sends++
    if (!isLive) {
      this.refused++
      this.believed.push(believed)
    }
    this.#after(SERVICE, () => answer(isLive ? 200 : 401, {}))
  }

  #exchange(config, answer) {
    const { time, trouble, lasts } = this.#options.endpoint
    if (trouble) {
      this.#troubleUntil ??= Date.now() + lasts
      if (Date.now() < this.#troubleUntil) {
        if (trouble !== 'hang') this.#after(time, () => answer(trouble, {}))
        return
      }
    }
    const { refreshToken } = JSON.parse(config.data)
    if (refreshToken === this.#refreshToken()) this.#issue(time, answer)
    else answer(401, { error: 'invalid_grant' })
  }

  #refreshToken() {
    return `refresh-${this.#issued}`
  }

  #issue(delay, answer) {
    const { lifetime, latency, revokes } = this.#options
    this.#after(delay, () => {
      // Whole seconds, as libraries for JWTs have them.
      const expiresAt = (Math.floor(Date.now() / SECOND) + lifetime) * SECOND
      const token = jwt(++this.#issued, lifetime)
      if (revokes) this.#live.clear()
      this.#live.set(token, expiresAt)
      this.#after(latency, () => {
        this.delivered = { at: Date.now(), expiresAt }
      })
      answer(200, {
        access_token: token,
        refresh_token: this.#refreshToken(),
        expires_in: lifetime,
      })
    })
  }
}

/** Time that a request takes that meets no refresh, in ms. */
export const costOf = ({ latency }) => 2 * latency + SERVICE
