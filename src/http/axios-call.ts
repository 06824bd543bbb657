import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'
import type { Call } from '../calls/call'
import { now } from '../utils/clock'

export type Config = InternalAxiosRequestConfig

/** A call through an axios instance. */
export interface AxiosCall extends Call {
  /** The instance that it was made with. By another one, it is a new call. */
  readonly instance: AxiosInstance
  /** The base URL before any interceptor ran. */
  readonly baseURL: string | undefined
  /** The adapter it would have gone through without this library. */
  readonly adapter: Config['adapter']
}

/** Begins the time of a call at the wire, where axios would. */
export function startClock(call: AxiosCall, { timeout }: Config): void {
  const limit = Number(timeout)
  call.deadline = limit > 0 ? now() + limit : Infinity
  call.hasWaited = false
}
