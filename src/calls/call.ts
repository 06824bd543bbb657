import type { OperationRequest } from '../session/operation'
import type { Requests } from '../session/requests'
import { now } from '../utils/clock'
import { whileWanted, type Cancellable } from './cancellation'
import { copyBody } from './request-body'

/** The owner of a request that a `login`, `refresh` or `logout` callback sends. */
export const LIBRARY = Symbol('library')

/** Headers, by whatever class. */
interface HeaderList {
  get(name: string): unknown
  has(name: string): boolean
  delete(name: string): unknown
}

/** A request as its client sends it: a config of axios has these members, too. */
export interface WireRequest extends OperationRequest, Cancellable {
  readonly headers: HeaderList
  /** A user and a password, of whom the client makes an `Authorization`. */
  readonly auth?: unknown
  /** The body. */
  data?: unknown
  readonly skipAuth?: boolean
  readonly skipAuthRefresh?: boolean
}

/** One call of the application. If a retry library sends it again, with the same config or a copy, it is still one. */
export interface Call {
  readonly number: number
  /** The session as it serves requests, from when the call was made or sent again. */
  requests: Requests
  /** The id of its session; null for none; undefined while that is not known; LIBRARY for a callback's. */
  owner: string | typeof LIBRARY | null | undefined
  /** The body as the caller passed it. */
  readonly data: unknown
  /** Time spent waiting for a refresh ahead of expiry, in ms. */
  waited: number
  /** The time at which the `timeout` of its caller is over; Infinity without one. */
  deadline: number
  /** Whether it has waited for anything since it came to the wire. */
  hasWaited: boolean
}

/** Waits for as long as the caller wants to. Meanwhile the caller may change its body; the copy stays. */
export function wait<T>(work: T | Promise<T>, call: Call, request: WireRequest): Promise<T> {
  if (!call.hasWaited) request.data = copyBody(request.data)
  call.hasWaited = true
  return whileWanted(work, request, call.deadline - now())
}

/** Whether the caller has set a flag. Own members only: a polluted prototype must not set it. */
export const hasFlag = (request: WireRequest, flag: 'skipAuth' | 'skipAuthRefresh'): boolean =>
  Object.hasOwn(request, flag) && !!request[flag]
