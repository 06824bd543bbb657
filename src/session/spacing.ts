import { now } from '../utils/clock'
import { headerOf, responseOf } from './error-response'

// These durations follow from what a million clients do (npm run simulate:herd).
/** Spread of the pause before the first retry, in ms. */
const FIRST_PAUSE_MS = 500
const FIRST_COOL_DOWN_MS = 1_000
const LONGEST_COOL_DOWN_MS = 20_000
const LONGEST_RETRY_AFTER_MS = 60_000
/** Refusals cause one refresh in this time, on the average. */
const REFRESH_EVERY_MS = 5_000
/** Refusals may cause ten refreshes at once: the time that nine of them take up. */
const MAX_AHEAD_MS = 9 * REFRESH_EVERY_MS

/**
 * The delay that `Retry-After` asks for, in ms and at most a minute; 0 where it is missing or cannot be read.
 * Source: RFC 9110 §10.2.3 (seconds or a date).
 */
export function retryAfter(error: unknown): number {
  const { headers } = responseOf(error)
  const value = headerOf(headers, 'retry-after')
  // A date is compared with the clock of the server, where the response shows it.
  const delay = /^\d+$/.test(value)
    ? Number(value) * 1_000
    : Date.parse(value) - (Date.parse(headerOf(headers, 'date')) || Date.now())
  return delay > 0 ? Math.min(delay, LONGEST_RETRY_AFTER_MS) : 0
}

/**
 * The pause before retry number `retry` (1 is the first), in ms. It has full jitter over a span that grows fourfold.
 * `asked`, from `Retry-After`, is added with up to half as much, because all clients may have been told the same.
 */
export const backoff = (retry: number, asked: number): number =>
  asked * (1 + Math.random() / 2) + Math.random() * FIRST_PAUSE_MS * 4 ** (retry - 1)

/**
 * The time without exchanges after the `failures`th failed refresh in a row, in ms. It doubles up to `longest`. Up to
 * half of it is left out by chance, so that clients that failed together do not return together.
 */
export const coolDown = (failures: number, longest: number): number =>
  Math.min(FIRST_COOL_DOWN_MS * 2 ** (failures - 1), LONGEST_COOL_DOWN_MS, longest) *
  (1 - Math.random() / 2)

/** The pauses between the exchanges of one session, so that an endpoint in trouble is left alone. */
export interface Spacing {
  /** A refresh begins: its failure counts once, even if it is reported twice. */
  begin(): void
  /**
   * A refresh failed. Pauses further ones; returns whether this is the first report of it.
   *
   * @param atLeast the least pause, from `Retry-After`, in ms
   */
  failed(atLeast?: number): boolean
  /**
   * A newer token of the session is in use, from whichever tab: the endpoint works again.
   *
   * @param refreshes the number of refreshes that it took
   */
  recovered(refreshes: number): void
  /**
   * A refusal causes a refresh. Pauses refreshes if there were too many new tokens lately, as where each is accepted
   * once; returns whether it does.
   */
  refused(): boolean
  /** The time until the next exchange, in ms; 0 or less where there is no pause. */
  pause(): number
  /** Whether the last refresh has failed. */
  isFailing(): boolean
}

/** @param refreshTimeout how long requests wait for a refresh, in ms */
export function createSpacing(refreshTimeout: number): Spacing {
  let isCounted = false
  let failures = 0
  let pausedUntil = 0
  /** The end of the pause that the endpoint has asked for: it holds even when the endpoint works again. */
  let askedUntil = 0
  /** The end of the time that the refreshes take up. */
  let takenUntil = 0

  return {
    begin: () => void (isCounted = false),
    failed(atLeast = 0) {
      const isFirst = !isCounted
      isCounted = true
      if (isFirst) failures++
      askedUntil = Math.max(askedUntil, now() + atLeast)
      pausedUntil = now() + coolDown(failures, refreshTimeout / 2)
      return isFirst
    },
    recovered(refreshes) {
      failures = pausedUntil = 0
      const taken = Math.max(takenUntil - now(), 0) + refreshes * REFRESH_EVERY_MS
      takenUntil = now() + Math.min(taken, MAX_AHEAD_MS + REFRESH_EVERY_MS)
    },
    refused() {
      const until = takenUntil - MAX_AHEAD_MS
      pausedUntil = Math.max(pausedUntil, until)
      return until > now()
    },
    pause: () => Math.max(pausedUntil, askedUntil) - now(),
    isFailing: () => failures > 0,
  }
}
