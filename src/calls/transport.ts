import type { AuthError } from '../errors'
import type { Call, WireRequest } from './call'

/** A response as it came, before its caller has it; one of status 0 where none came. */
export interface AnyAnswer {
  /** The headers are those of axios or `fetch`, or a plain object of a mock. */
  readonly response: { readonly status: number; readonly headers?: unknown }
}

/**
 * Decides what becomes of an answer.
 *
 * @param isRefused whether the server denied the token, by the verdict of the application
 */
export type Decide<Result, Answer> = (
  answer: Answer,
  isRefused: boolean,
) => Result | Promise<Result>

/** One send of a request with a token. */
export interface Shipment<Result, Answer> {
  /** A promise settles once the token is in the request. Otherwise it is there already. */
  readonly attached: unknown
  /** The headers of this send. */
  readonly headers: { set(name: string, value: string): unknown }
  /** Takes over the copy of the body that a wait has made. */
  takeBody?(): void
  /** Sends, and has the answer decided on. Rejects where there is none. */
  send(decide: Decide<Result, Answer>): Promise<Result>
}

/** Warnings of requests that went without their token by mistake, in development. */
export interface CallWarnings<AnyCall, Request> {
  originNotAllowed(request: Request, call: AnyCall): void
  userInUrl(request: Request): void
  blankAuthorization(): void
}

/** A client of HTTP, as calls need it: axios or `fetch`. */
export interface Transport<
  AnyCall extends Call,
  Request extends WireRequest,
  Result,
  Answer extends AnyAnswer,
> {
  /** Whether the token goes into `Authorization`. Elsewhere, it goes beside a credential of the caller's own. */
  readonly isBearer: boolean
  readonly warnings?: CallWarnings<AnyCall, Request> | undefined
  /** Whether the final URL of a request may receive the token. */
  isAllowed(request: Request): boolean
  /** Finds a part of the final URL, as it is now, when it is asked for. */
  partOf(request: Request, part: 'origin' | 'pathname'): () => string
  /** Sends a request as it is. */
  send(call: AnyCall, request: Request): Promise<Result>
  /** Puts the token into a request, for one send; null where the browser sends it as a cookie. */
  attach(
    call: AnyCall,
    request: Request,
    token: string | null,
    isReplay: boolean,
  ): Shipment<Result, Answer>
  /**
   * Gives the caller the answer to its own request.
   *
   * @param reason why a refused request was not replayed
   */
  deliver(answer: Answer, request: Request, reason?: AuthError): Result | Promise<Result>
  /** Frees the connection of a response whose body is not read. */
  discard(answer: Answer, request: Request): void
  /**
   * Rejects as a request that is not sent.
   *
   * @param reason an {@link AuthError}, `TIMED_OUT`, or why the caller cancelled
   */
  reject(request: Request, reason: unknown): Promise<never>
}
