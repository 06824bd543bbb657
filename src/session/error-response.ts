import { isObject } from '../utils/unknown-data'

/** The part of an HTTP response that axios, and most other clients, attach to an error. */
export interface ErrorResponse {
  readonly status?: unknown
  readonly data?: { readonly error?: unknown } | string | null
  readonly headers?: Readonly<Record<string, unknown>>
}

/** The response that led to an error; without members where there is none. */
export const responseOf = (error: unknown): ErrorResponse =>
  isObject(error) && isObject(error['response']) ? error['response'] : {}
