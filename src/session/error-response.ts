import { isObject, ownMembers } from '../utils/unknown-data'

/** The part of an HTTP response that axios, and most other clients, attach to an error. */
export interface ErrorResponse {
  readonly status?: unknown
  readonly data?: { readonly error?: unknown } | string | null
  readonly headers?: Readonly<Record<string, unknown>>
}

/**
 * A header among those of axios or `fetch`, or of a mock; empty where there is none.
 *
 * @param name in lower case
 */
export function headerOf(headers: unknown, name: string): string {
  type Value = string | readonly string[] | null | undefined
  const { get } = Object(headers) as { get?: (name: string) => Value }
  if (typeof get === 'function') return String(get.call(headers, name) ?? '')
  const entries: [string, Value][] = Object.entries(Object(headers) as Record<string, Value>)
  return String(entries.find(([key]) => key.toLowerCase() === name)?.[1] ?? '')
}

/** The response that led to an error; without members where there is none. */
export const responseOf = (error: unknown): ErrorResponse =>
  // Without a prototype: a polluted one must not answer.
  isObject(error) && isObject(error['response']) ? error['response'] : ownMembers({})

/** Whether a request of axios failed without a response, and neither by its caller's will nor by a time limit. */
export const isUnanswered = (error: unknown): error is { readonly config: unknown } =>
  isObject(error) &&
  error['isAxiosError'] === true &&
  !error['response'] &&
  !/^(?:ECONNABORTED|ETIMEDOUT|ERR_CANCELED)$/.test(String(error['code']))

/** The response in place of one that never came, or that a browser hides because it has no CORS headers. */
export const noResponse = <Config>(config: Config) => ({
  data: '',
  status: 0,
  statusText: '',
  headers: {},
  config,
})
