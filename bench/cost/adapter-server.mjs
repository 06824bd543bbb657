// The server of measurements in processor time: an axios adapter, because sockets would cost more than what is measured.
// Benchmarks over HTTP have AuthServer (tests/fixtures/auth-server.ts).

import settle from 'axios/unsafe/core/settle.js'

const HEADER = base64url({ alg: 'none', typ: 'JWT' })
const HOUR = 3_600

function base64url(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

/** A macrotask later: whatever microtasks there were have run. */
export const nextTask = () => new Promise((resolve) => setImmediate(resolve))

/**
 * A token of the size and shape of a real one.
 *
 * @param {number} number makes it another one
 * @param {number} expiresIn in seconds
 */
export function jwt(number, expiresIn = HOUR) {
  const iat = Math.floor(Date.now() / 1_000)
  return `${HEADER}.${base64url({ sub: 'ada', jti: number, iat, exp: iat + expiresIn })}.c2lnbmF0dXJl`
}

/**
 * An API with a token endpoint, as an axios adapter. It answers in a microtask and settles as axios' own adapters
 * do; only the token endpoint takes a macrotask, so that everybody meets the refresh in flight, as over a network.
 */
export function createServer() {
  let live = ''
  let issued = 0
  /** @type {Promise<void> | null} */
  let held = null
  let holdsAll = false

  const server = {
    sends: 0,
    refreshes: 0,

    /** Makes a new access token the only live one. */
    issue() {
      const token = jwt(++issued)
      live = `Bearer ${token}`
      return token
    },

    /** Refuses every access token, until one is issued. */
    expire() {
      live = ''
    },

    /**
     * Holds back the answers of the token endpoint, or all of them, until the returned function is called.
     *
     * @param {{ all?: boolean }} [options]
     */
    hold({ all = false } = {}) {
      let release = () => {}
      holdsAll = all
      held = new Promise((resolve) => {
        release = () => {
          held = null
          resolve()
        }
      })
      return () => release()
    },

    /** @type {import('axios').AxiosAdapter} */
    adapter(config) {
      server.sends++
      if (config.url === '/auth/refresh') {
        server.refreshes++
        return (held ?? nextTask()).then(() => answer(config, 200, tokens()))
      }
      if (held && holdsAll) return held.then(() => judge(config))
      return judge(config)
    },
  }

  /** The body of a token response, with OAuth's names. */
  function tokens() {
    return JSON.stringify({
      access_token: server.issue(),
      token_type: 'Bearer',
      refresh_token: `refresh-${issued}`,
      expires_in: HOUR,
    })
  }

  const judge = (config) =>
    config.headers.Authorization === live && live !== ''
      ? answer(config, 200, '{"id":7,"state":"open"}')
      : answer(config, 401, '{"error":"invalid_token"}')

  const answer = (config, status, data) =>
    new Promise((resolve, reject) =>
      settle(resolve, reject, {
        data,
        status,
        statusText: '',
        headers: { 'content-type': 'application/json' },
        config,
        request: null,
      }),
    )

  return server
}
