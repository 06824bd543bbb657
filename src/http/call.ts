import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'
import type { Requests } from '../session/requests'
import { now } from '../utils/clock'
import { whileWanted } from './cancellation'
import { copyBody } from './request-body'

export type Config = InternalAxiosRequestConfig

/** The owner of a request that a `login`, `refresh` or `logout` callback sends. */
export const LIBRARY = Symbol('library')

/** One call of the application. If a retry library sends it again, with the same config or a copy, it is still one. */
export interface Call {
  readonly number: number
  /** The instance that it was made with. By another one, it is a new call. */
  readonly instance: AxiosInstance
  /** The session as it serves requests, from when the call was made or sent again. */
  requests: Requests
  /** The id of its session; null for none; undefined while that is not known; LIBRARY for a callback's. */
  owner: string | typeof LIBRARY | null | undefined
  /** The `data` as the caller passed it. */
  readonly data: unknown
  /** The base URL before any interceptor ran. */
  readonly baseURL: string | undefined
  /** The adapter it would have gone through without this library. */
  readonly adapter: Config['adapter']
  /** Time spent waiting for a refresh ahead of expiry, in ms. */
  waited: number
  /** The time at which the `timeout` of its caller is over; Infinity without one. */
  deadline: number
  /** Whether it has waited for anything since it came to the wire. */
  hasWaited: boolean
}

/** Begins the time of a call at the wire, where axios would. */
export function startClock(call: Call, { timeout }: Config): void {
  const limit = Number(timeout)
  call.deadline = limit > 0 ? now() + limit : Infinity
  call.hasWaited = false
}

/** Waits for as long as the caller wants to. Meanwhile the caller may change its body; the copy stays. */
export function wait<T>(work: T | Promise<T>, call: Call, config: Config): Promise<T> {
  if (!call.hasWaited) config.data = copyBody(config.data)
  call.hasWaited = true
  return whileWanted(work, config, call.deadline - now())
}

/** Whether the caller has set a flag. Own members only: a polluted prototype must not set it. */
export const hasFlag = (config: Config, flag: 'skipAuth' | 'skipAuthRefresh'): boolean =>
  Object.hasOwn(config, flag) && !!config[flag]
