import { AuthError, isAuthError } from '../errors'
import { abortable } from './abortable'
import { countdown, elapsedSince, now, after, type Countdown, type Moment } from './clock'
import { backoff, coolDown, redact, retryAfter, type FailureClass } from './failure'
import { succeed, type Session } from './session'
import type { AuthTokens } from './token-response'

/** What refreshing needs of the world. */
export interface RefresherPorts {
  /** The stored session as it is now; null when it is gone. */
  read(): Promise<Session | null>
  /** Asks the token endpoint. */
  exchange(session: Session, signal: AbortSignal): Promise<AuthTokens>
  /** Puts a successor into use, durably; false when `session` is no longer the one in use. */
  commit(session: Session, next: Session): Promise<boolean>
  /** Puts into use what was found in storage. */
  adopt(next: Session): void
  classifyFailure(error: unknown): FailureClass
  onAttempt(attempt: number): void
  onFailure(failure: FailureClass, retryIn: number | null): void
}

export interface RefresherOptions {
  /** How long a flight may take, in ms awake. */
  readonly timeout: number
  /** How often an unreachable endpoint is asked again in one flight. */
  readonly retries: number
}

export interface Refresher {
  /** Refreshes this session, or joins the refresh in flight. Rejects with an {@link AuthError}. */
  refresh(session: Session): Promise<Session>
  /** Whether a refresh begun now could not get an answer at once: the last ones failed. */
  isStalled(): boolean
  /** Rejects who waits, at once, and aborts the exchange. */
  cancel(reason: AuthError): void
}

interface Flight {
  readonly promise: Promise<Session>
  land(error: AuthError): void
}

/** An exchange that was sent and not answered yet. It may outlive the flight that began it. */
interface Outstanding {
  readonly generation: number
  readonly answer: Promise<Session>
  abort(reason: AuthError): void
}

/** After this many times the timeout an unanswered exchange is given up, and its token may be sent again. */
const PATIENCE = 3

const unreachable = (cause: unknown): AuthError =>
  new AuthError('unreachable', 'The session could not be refreshed; it is kept.', { cause })

/** One refresh at a time, within a timeout, with retries and a cool-down; and never one refresh token twice. */
export function createRefresher(
  ports: RefresherPorts,
  { timeout, retries }: RefresherOptions,
): Refresher {
  let flight: Flight | null = null
  let outstanding: Outstanding | null = null
  let failures = 0
  let rest: { readonly since: Moment; readonly span: number } | null = null

  const resting = (): number => (rest ? Math.max(0, rest.span - elapsedSince(rest.since)) : 0)

  function restFor(pause: number): void {
    failures++
    rest = { since: now(), span: Math.max(pause, coolDown(failures, timeout / 2)) }
  }

  /** Sends the refresh token, unless it is out already; commits the answer whoever still waits for it. */
  function exchange(session: Session): Promise<Session> {
    if (outstanding?.generation === session.generation) return outstanding.answer
    const controller = new AbortController()
    const abort = (reason: AuthError): void => controller.abort(reason)
    const patience = countdown(timeout * PATIENCE, () => abort(unreachable(undefined)))
    const mine: Outstanding = {
      generation: session.generation,
      abort,
      answer: abortable(ports.exchange(session, controller.signal), controller.signal)
        .then(async (tokens) => {
          const next = succeed(session, tokens)
          const inUse = (await ports.commit(session, next)) ? next : await catchUp(session)
          if (!inUse) {
            throw new AuthError('superseded', 'The session was replaced while it was refreshed.')
          }
          failures = 0
          rest = null
          return inUse
        })
        .finally(() => {
          patience.cancel()
          if (outstanding === mine) outstanding = null
        }),
    }
    mine.answer.catch(() => {})
    outstanding = mine
    return mine.answer
  }

  /** What a sibling left in storage since: a newer session to adopt, or none at all. */
  async function catchUp(session: Session): Promise<Session | null> {
    const stored = await ports.read()
    if (stored?.id !== session.id) {
      throw stored
        ? new AuthError('superseded', 'Another session has begun elsewhere.')
        : new AuthError('signed-out', 'The session was ended elsewhere.')
    }
    if (stored.generation <= session.generation) return null
    ports.adopt(stored)
    return stored
  }

  function takeOff(session: Session): Flight {
    let landed = false
    let cancelPause = (): void => {}
    let deadline: Countdown
    let land!: Flight['land']

    const pause = (delay: number): Promise<void> =>
      new Promise((resolve) => {
        cancelPause = after(delay, resolve)
      })

    async function attempt(count: number): Promise<Session> {
      const found = await catchUp(session)
      if (found) return found
      if (landed) throw new AuthError('signed-out', 'Nobody waits for this refresh any more.')
      if (outstanding?.generation !== session.generation) ports.onAttempt(count)
      return exchange(session)
    }

    async function fly(): Promise<Session> {
      const untilRested = resting()
      if (untilRested >= timeout) throw unreachable(undefined)
      if (untilRested > 0 && !outstanding) await pause(untilRested)
      for (let count = 1; ; count++) {
        try {
          return await attempt(count)
        } catch (error) {
          if (landed || isAuthError(error, 'superseded') || isAuthError(error, 'signed-out')) {
            throw error
          }
          const cause = redact(error, [session.token, session.refreshToken ?? ''].filter(Boolean))
          if (ports.classifyFailure(error) === 'rejected') {
            const found = await catchUp(session)
            if (found) return found
            ports.onFailure('rejected', null)
            throw new AuthError('rejected', 'The session is over: refreshing was refused.', {
              cause,
            })
          }
          const asked = retryAfter(error)
          const delay = asked + backoff(count)
          const again = count <= retries && delay < deadline.left()
          ports.onFailure('unreachable', again ? delay : null)
          if (!again) {
            restFor(asked && delay)
            throw unreachable(cause)
          }
          await pause(delay)
        }
      }
    }

    const promise = new Promise<Session>((resolve, reject) => {
      land = (error) => {
        landed = true
        reject(error)
        deadline.cancel()
        cancelPause()
      }
      deadline = countdown(timeout, () => {
        ports.onFailure('unreachable', null)
        restFor(0)
        land(unreachable(undefined))
      })
      fly()
        .then(resolve, reject)
        .finally(() => deadline.cancel())
    }).finally(() => {
      if (flight === mine) flight = null
    })
    const mine: Flight = { promise, land }
    return mine
  }

  return {
    refresh: (session) => (flight ??= takeOff(session)).promise,
    isStalled: () => failures > 0 && (outstanding !== null || resting() > 0),
    cancel(reason) {
      outstanding?.abort(reason)
      outstanding = null
      flight?.land(reason)
      flight = null
      failures = 0
      rest = null
    },
  }
}
