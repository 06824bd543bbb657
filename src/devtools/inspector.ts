import type { AuthError } from 'vue-auth-refresh'
import type { SessionState } from '../session/session-state'
import { explain, lastOf } from './explain'
import type { WatchedSession } from './watch-session'

/** A line of the inspector. */
interface Line {
  readonly key: string
  readonly value: unknown
}

/** The lines of the inspector, by section. */
export type Sections = Record<string, Line[]>

/** The meaning of each state, as docs/design.md has it. */
const meanings: Record<SessionState['is'], string> = {
  restoring: 'The storage has not been read yet.',
  searching: 'No session is stored, but a cookie may belong to a user: only the server can tell.',
  anonymous: 'No user is signed in.',
  replacing: 'The session has ended, because another one begins at once.',
  active: 'A user is signed in.',
  lapsed: 'The session was refused, and its user may sign in again in place; requests wait.',
  contested: 'A user has signed in meanwhile; whether it is the same one is not known yet.',
}

const lines = (values: Record<string, unknown>): Line[] =>
  Object.entries(values).map(([key, value]) => ({ key, value }))

const timeOf = (at: number): string => new Date(at).toLocaleTimeString()
const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`

function leftOf(left: number): string {
  if (left === Infinity) return 'unknown'
  return left <= 0 ? 'none: expired' : `${seconds(left)}, until ${timeOf(Date.now() + left)}`
}

/** An error without its stack; its cause has been redacted. */
const shown = (error: AuthError | null): string | null =>
  error && (error.cause instanceof Error ? `${error.code}: ${error.cause.message}` : error.code)

/** The state of a session in one word. */
export const wordOf = (watched: WatchedSession): string =>
  watched.session()?.keeper.state().is ?? 'not running'

/** Everything that the inspector shows of a session. No token is among it. */
export async function inspect(watched: WatchedSession): Promise<Sections> {
  const { port, refusals, waiting } = watched
  const session = watched.session()
  const why = lines({ 'why was I signed out?': explain(port.events) })
  if (!session) return { why, session: lines({ state: wordOf(watched) }) }
  const { view, keeper } = session
  const state = keeper.state()
  const current = 'session' in state ? state.session : null
  const since = watched.refreshingSince()
  const ended = lastOf(port.events, 'session-ended')
  const tabs = await watched.tabs()?.look()
  return {
    why,
    session: lines({
      state: state.is,
      meaning: meanings[state.is],
      mode: port.mode,
      status: view.status.value,
      user: view.user.value,
      error: shown(view.error.value),
      ...(current && {
        id: current.id,
        generation: current.generation,
        'time left': leftOf(port.remaining(current)),
        'ends at': view.endsAt.value === null ? 'no limit' : timeOf(view.endsAt.value),
        'refresh token': current.refreshToken === null ? 'none in this page' : 'there',
      }),
    }),
    refresh: lines({
      'in flight': since === null ? 'no' : `for ${seconds(Date.now() - since)}`,
      'requests that wait': waiting.size > 0 ? [...waiting.values()] : 'none',
      'next exchange': port.beforeExchange ? 'fails, as asked for here' : 'asks the server',
    }),
    tabs: lines(
      tabs
        ? { alive: tabs.alive, 'lock held by': tabs.holder, 'tabs that wait for it': tabs.queue }
        : { alive: 'unknown: the browser does not tell of locks here' },
    ),
    'last end': lines(
      ended
        ? {
            reason: ended.reason,
            at: timeOf(ended.at),
            by: ended.adopted ? 'another tab' : 'this tab',
          }
        : { reason: null },
    ),
    'last refusals': lines({
      count: refusals.length,
      ...Object.fromEntries(
        refusals.map(({ at, request, verdict }, index) => [
          `#${index + 1}`,
          `${request} at ${timeOf(at)} ${verdict}`,
        ]),
      ),
    }),
  }
}
