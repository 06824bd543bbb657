// A server in memory that does its worst: each answer is a decision of the test. For storms of thousands of requests.

import {
  AxiosError,
  type AxiosAdapter,
  type AxiosResponse,
  type InternalAxiosRequestConfig,
} from 'axios'

/** A request with a token, as the server decides on it. */
export interface Attempt {
  /** Path and query. */
  readonly url: string
  readonly data: unknown
  /** The number of the token, counted from 0. */
  readonly token: number
  /** How often this token was sent before. */
  readonly uses: number
  /** How often this token was sent to this URL before. */
  readonly usesHere: number
}

export interface Adversary {
  readonly adapter: AxiosAdapter
  /** The times of the exchanges, in ms. */
  readonly exchanges: number[]
}

/** The greatest number of these times, in ms, that lie within a minute. */
export const mostInAMinute = (times: readonly number[]): number =>
  Math.max(0, ...times.map((from) => times.filter((at) => at >= from && at < from + 60_000).length))

/**
 * @param accepts decides on a request
 * @param expiresIn the lifetime that each token claims, in seconds
 */
export function createAdversary(
  accepts: (attempt: Attempt) => boolean,
  expiresIn?: number,
): Adversary {
  const exchanges: number[] = []
  const uses = new Map<string, number>()
  let last = -1
  const count = (key: string): number => {
    const before = uses.get(key) ?? 0
    uses.set(key, before + 1)
    return before
  }
  function answer(config: InternalAxiosRequestConfig): unknown {
    const url = String(config.url)
    if (url.startsWith('/auth/')) {
      if (url === '/auth/refresh') exchanges.push(Date.now())
      last++
      return { access_token: `t-${last}`, refresh_token: `r-${last}`, expires_in: expiresIn }
    }
    const token = Number(String(config.headers.Authorization).replace('Bearer t-', ''))
    const attempt: Attempt = {
      url,
      data: config.data,
      token,
      uses: count(`${token}`),
      usesHere: count(`${token} ${url} ${String(config.data)}`),
    }
    return token <= last && accepts(attempt) ? {} : null
  }
  return {
    exchanges,
    adapter: async (config) => {
      const data = answer(config)
      const status = data === null ? 401 : 200
      const response: AxiosResponse = { data, status, statusText: '', headers: {}, config }
      if (data === null) throw new AxiosError('refused', 'ERR_BAD_REQUEST', config, null, response)
      return response
    },
  }
}
