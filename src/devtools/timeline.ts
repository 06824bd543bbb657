import type { AuthEvent } from 'vue-auth-refresh'

/** An event as a timeline of the devtools shows it. */
export interface TimelineEntry {
  readonly time: number
  readonly title: string
  readonly subtitle: string
  /** Joins the events of a request, and those of a refresh. */
  readonly groupId?: string
  readonly logType: 'default' | 'warning' | 'error'
  readonly data: Readonly<Record<string, unknown>>
}

function logTypeOf(event: AuthEvent): TimelineEntry['logType'] {
  switch (event.type) {
    case 'session-ended':
      return event.reason === 'signed-out' ? 'default' : 'error'
    case 'refresh-failed':
      return event.retryIn === null ? 'error' : 'warning'
    case 'session-ending':
    case 'session-lapsed':
    case 'logout-failed':
    case 'user-failed':
      return 'warning'
    default:
      return 'default'
  }
}

/** The words that tell an event from others of its type. */
function subtitleOf(event: AuthEvent): string {
  if ('path' in event) return `#${event.request} ${event.method} ${event.path}`
  if (event.type === 'refresh-started') return `${event.reason}, attempt ${event.attempt}`
  if (event.type === 'refresh-failed') return event.failure
  if (event.type === 'restored') return event.authenticated ? 'a session' : 'no session'
  if (event.type === 'session-ending') return event.reason
  const by = 'adopted' in event && event.adopted ? 'by another tab' : ''
  return event.type === 'session-ended' ? `${event.reason} ${by}`.trim() : by
}

/**
 * Makes entries of the events of a session. Requests and refreshes are groups, so that each is a span from its first
 * event to its last.
 *
 * @param name of the session
 */
export function timelineOf(name: string): (event: AuthEvent) => TimelineEntry {
  let refreshes = 0
  /** When the refresh in flight was first told of; null while there is none. */
  let since: number | null = null

  return (event) => {
    const { type, at } = event
    const isOfRequest = 'path' in event
    let group = isOfRequest ? `request ${event.request}` : undefined
    let duration: number | undefined
    if (type.startsWith('refresh-')) {
      if (since === null) refreshes++
      since ??= at
      group = `refresh ${refreshes}`
      const isOver = type === 'refresh-succeeded' || ('retryIn' in event && event.retryIn === null)
      if (isOver) {
        duration = at - since
        since = null
      }
    }
    return {
      time: at,
      title: type,
      subtitle: subtitleOf(event),
      logType: logTypeOf(event),
      ...(group && { groupId: `${name}: ${group}` }),
      data: {
        session: name,
        ...event,
        // A getter of the prototype's kind, which a copy may leave out.
        ...(isOfRequest && { path: event.path }),
        ...(duration !== undefined && { duration: `${duration} ms` }),
      },
    }
  }
}
