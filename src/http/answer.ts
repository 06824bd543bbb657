import type { AxiosError, AxiosResponse, InternalAxiosRequestConfig } from 'axios'
import type { AuthError } from '../errors'
import { isUnauthorized, judge, type Verdict } from './verdict'

/** A response as the adapter settled with it. Plain data: thousands of them may wait for one refresh. */
export interface Answer {
  readonly response: AxiosResponse
  readonly error: AxiosError | undefined
  readonly verdict: Verdict | undefined
}

/** Gives the caller the answer to its own request. */
export function deliver({ response, error, verdict }: Answer): AxiosResponse {
  verdict?.useDecodedBody()
  if (error) throw error
  return response
}

/** Adds the reason, unseen by JSON and by comparisons. */
function explain(target: unknown, value: AuthError): void {
  if (typeof target !== 'object' || target === null || Object.hasOwn(target, 'cause')) return
  Reflect.defineProperty(target, 'cause', { value, configurable: true, writable: true })
}

/**
 * Gives the caller a refused answer with the reason why it was not replayed: as the `cause` of the error, the response
 * and its data. An interceptor of the app may throw any of them.
 */
export async function deliverWithReason(
  answer: Answer,
  config: InternalAxiosRequestConfig,
  reason: AuthError,
): Promise<AxiosResponse> {
  const { response, error } = answer
  const verdict = answer.verdict ?? (await judge(isUnauthorized, response, config))
  verdict.useDecodedBody()
  explain(response, reason)
  explain(response.data, reason)
  if (error) error.cause = reason
  return deliver({ response, error, verdict })
}
