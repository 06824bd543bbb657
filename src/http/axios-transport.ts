import type { AxiosError, AxiosInstance, AxiosResponse } from 'axios'
import { TIMED_OUT } from '../calls/cancellation'
import { freeBody } from '../calls/response-body'
import type { Prove } from '../session/proof'
import type { Decide, Transport } from '../calls/transport'
import { AuthError } from '../errors'
import { isUnanswered, noResponse } from '../session/error-response'
import { now } from '../utils/clock'
import { ownMembers } from '../utils/unknown-data'
import { createOriginCheck, partOfUrl } from './allowed-origins'
import { deliver, deliverWithReason, type Answer } from './answer'
import type { AxiosCall, Config } from './axios-call'
import { copyOf } from './axios-copy'
import { attachBearer, attachCookies } from './bearer'
import { guardRedirects, refuseDetour } from './redirects'
import { rewindBody } from './rewind-body'
import { timeoutError, withTimeout } from './time-limit'
import { ask, isUnauthorized, judge, type IsExpired } from './verdict'
import type { Warnings } from './warnings'

export type AxiosTransport = Transport<AxiosCall, Config, AxiosResponse, Answer>

export interface AxiosTransportOptions {
  readonly allowedOrigins?: readonly string[] | undefined
  /**
   * The application's verdict. {@link isUnauthorized}, the default, is asked without decoding the body, and only about
   * responses.
   */
  readonly isExpired: IsExpired
  /**
   * Puts the token into a copy of the config, for each send. A promise is waited for. {@link attachBearer}, the
   * default, needs no copy.
   */
  attach(this: void, config: Config, token: string): unknown
  /** Makes further headers while a send waits; {@link attachBearer} needs a copy of the config then. */
  readonly prove?: Prove | undefined
}

/** Whether `attach` has set the header `Authorization`. */
const hasOtherCredential = ({ headers }: Config, before: Config['headers']): boolean =>
  headers.get('Authorization') !== before.get('Authorization')

/** Sends the requests of an instance through the adapters that they had. */
export function createAxiosTransport(
  instance: AxiosInstance,
  { allowedOrigins, isExpired, attach, prove }: AxiosTransportOptions,
  warnings: Warnings | undefined,
): AxiosTransport {
  const copy = copyOf(instance)

  /** Sends as it is. After a wait, only the rest of the time is left. */
  function send(call: AxiosCall, config: Config): Promise<AxiosResponse> {
    return call.hasWaited && call.deadline < Infinity
      ? sendInTime(call, config)
      : copy.send(call.adapter, config)
  }
  const sendInTime = ({ adapter, deadline }: AxiosCall, config: Config): Promise<AxiosResponse> =>
    withTimeout(config, deadline - now(), () => copy.send(adapter, config))

  /** Fails as the send did, unless the application takes that for an expiry. */
  async function settleFailure(
    error: AxiosError | undefined,
    config: Config,
    token: string | null,
    decide: Decide<AxiosResponse, Answer>,
  ): Promise<AxiosResponse> {
    const none = noResponse(config)
    const isAsked = isExpired !== isUnauthorized && isUnanswered(error)
    if (!isAsked || !(await ask(isExpired, token, none, error))) return Promise.reject(error)
    const verdict = { isExpired: true, useDecodedBody() {} }
    return decide({ response: none, error, verdict }, true)
  }

  return {
    isBearer: attach === attachBearer,
    warnings,
    isAllowed: createOriginCheck(instance, allowedOrigins),
    partOf: (config, part) => partOfUrl(instance, config, part),
    send,

    /** Once the answer is there, the config is as before. */
    attach(call, config, token, isReplay) {
      if (isReplay) rewindBody(config, call.data)
      const bare = config.headers
      // A copy, because the Node adapter writes into the headers it is given.
      const headers = Object.assign(Object.create(Object.getPrototypeOf(bare)), bare) as typeof bare
      let sent = config
      if (attach === attachBearer && !prove && token !== null) config.headers = headers
      else sent = ownMembers({ ...config, headers })
      const { data } = config
      return {
        headers,
        attached: token === null ? attachCookies(sent) : attach(sent, token),
        takeBody() {
          if (sent.data === data) sent.data = config.data
        },
        send(decide) {
          // Otherwise axios would replace the header by that of its option `auth`.
          if (sent !== config && sent.auth && hasOtherCredential(sent, bare)) delete sent.auth
          const restored: { beforeRedirect?: Config['beforeRedirect'] | undefined } = sent
          const { beforeRedirect } = restored
          const followsNone = guardRedirects(instance, sent, config, bare)
          const settle = (
            response: AxiosResponse | undefined,
            error?: AxiosError,
          ): AxiosResponse | Promise<AxiosResponse> => {
            restored.beforeRedirect = beforeRedirect
            config.headers = bare
            if (error) error.config &&= config
            if (!response) return settleFailure(error, config, token, decide)
            response.config = config
            return isExpired === isUnauthorized
              ? decide({ response, error, verdict: undefined }, isUnauthorized(response))
              : judge(isExpired, response, config, token).then((verdict) =>
                  decide({ response, error, verdict }, verdict.isExpired),
                )
          }
          const sending = send(call, sent)
          const answered = followsNone
            ? sending.then((response) =>
                response.status ? response : refuseDetour(copy, config, response),
              )
            : sending
          return answered.then(settle, (error: AxiosError) => settle(error?.response, error))
        },
      }
    },

    deliver: (answer, config, reason) =>
      reason ? deliverWithReason(answer, config, reason) : deliver(answer),

    discard({ response }, { responseType }) {
      if (responseType === 'stream') freeBody(response.data)
    },

    /** Rejects with an axios error, as of a timeout or caused by an {@link AuthError}. */
    async reject(config, reason) {
      if (reason === TIMED_OUT) throw await copy.newError(...timeoutError(config), config)
      // Axios replaces the reason of a cancellation by its own.
      if (!(reason instanceof AuthError)) throw reason
      const error = await copy.newError(reason.message, reason.code, config)
      error.cause = reason
      throw error
    },
  }
}
