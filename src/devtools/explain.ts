import type { AuthEvent } from 'vue-auth-refresh'

type EventOf<Type extends AuthEvent['type']> = Extract<AuthEvent, { type: Type }>

/** The end of a session, among its events. */
interface End {
  readonly ended: EventOf<'session-ended'>
  /** The events of the session until then. */
  readonly before: readonly AuthEvent[]
  readonly after: readonly AuthEvent[]
}

/** The last event of these types. */
export function lastOf<Type extends AuthEvent['type']>(
  events: readonly AuthEvent[],
  ...types: Type[]
): EventOf<Type> | undefined {
  const isOfType = (event: AuthEvent): event is EventOf<Type> =>
    types.some((type) => type === event.type)
  return events.filter(isOfType).at(-1)
}

const indexOfLast = (events: readonly AuthEvent[], ...types: AuthEvent['type'][]): number =>
  events.map(({ type }) => types.includes(type)).lastIndexOf(true)

/** The request that was told last that the token had expired; undefined if a refresh has begun or succeeded since. */
function lastDenied(events: readonly AuthEvent[]): string | undefined {
  const last = lastOf(events, 'request-waiting', 'refresh-started', 'refresh-succeeded')
  return last?.type === 'request-waiting' && last.after === 'expired'
    ? `${last.method} ${last.path} was told that the access token had expired`
    : undefined
}

/** The refusal of the refresh token, and the cause of the refresh that met it. */
function refusalIn(events: readonly AuthEvent[]): string {
  const start = indexOfLast(events, 'refresh-started')
  const causes = {
    expired: `after ${lastDenied(events.slice(0, start)) ?? 'a response had said that the access token had expired'}`,
    ahead: 'when the access token was running out',
    start: 'when the page asked who is signed in',
    manual: 'when the app asked for a new access token',
  }
  const started = lastOf(events, 'refresh-started')
  return `the server refused the refresh token, ${causes[started?.reason ?? 'manual']}`
}

/** Whether the last refresh was refused, or answered for another user. */
function wasRefused(events: readonly AuthEvent[]): boolean {
  const last = lastOf(events, 'refresh-started', 'refresh-failed', 'refresh-succeeded')
  return last?.type === 'refresh-failed' && last.failure === 'rejected'
}

const hasLapsed = (events: readonly AuthEvent[]): boolean =>
  lastOf(events, 'session-lapsed', 'session-resumed')?.type === 'session-lapsed'

/** The refusal by which a session has lapsed. */
const lapseIn = (events: readonly AuthEvent[]): string =>
  lastOf(events, 'session-lapsed')?.adopted
    ? 'the server refused the refresh token in another tab'
    : refusalIn(events)

function becauseOf({ ended, before, after }: End): string {
  const { reason, adopted } = ended
  switch (reason) {
    case 'rejected':
      if (hasLapsed(before))
        return `${lapseIn(before)}, and its user did not sign in again in place`
      if (wasRefused(before)) return refusalIn(before)
      return lastDenied(before)
        ? `${lastDenied(before)}, and there was no refresh token`
        : 'it was refused without a request to the server'
    case 'superseded':
      if (hasLapsed(before)) return 'another user signed in than the one who was asked'
      if (adopted) return 'a login in another tab took its place'
      return wasRefused(before)
        ? 'a refresh was answered for another user, to whom the cookie belongs by now'
        : 'another login in this tab took its place'
    case 'idle':
      return 'its user had not acted for as long as `idleTimeout`, in any tab'
    case 'expired-age':
      return 'its login was as long ago as `maxAge`'
    case 'signed-out':
      if (adopted) {
        return 'another tab ended it: its user signed out there, or the server refused the refresh token there'
      }
      return after.some(({ type }) => type === 'logout-failed')
        ? 'the user signed out in this tab, but the server could not be told'
        : 'the user signed out in this tab'
    default:
      return `of \`${reason}\``
  }
}

/**
 * Answers in a sentence: why was I signed out? Tells of the session that ended last.
 *
 * @param events of one session, as `onEvent` receives them, the oldest first
 */
export function explain(events: readonly AuthEvent[]): string {
  const end = indexOfLast(events, 'session-ended', 'session-lapsed')
  const last = events[end]
  const earlier = events.slice(0, Math.max(end, 0))
  const before = earlier.slice(indexOfLast(earlier, 'session-started', 'session-ended') + 1)
  const after = events.slice(end + 1)
  if (last?.type === 'session-ended') {
    return `The session ended because ${becauseOf({ ended: last, before, after })}.`
  }
  if (last?.type === 'session-lapsed' && !lastOf(after, 'session-resumed')) {
    return `The session waits for its user to sign in again, because ${lapseIn([...before, last])}.`
  }
  return lastOf(events, 'restored', 'session-started')?.type === 'restored' &&
    lastOf(events, 'restored')?.authenticated === false
    ? 'No session was stored when the page was opened.'
    : 'No session has ended.'
}
