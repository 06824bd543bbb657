import type { Requests } from '../session/requests'
import type { OwnCalls } from './own-calls'

/** A run of `fetchUser` that has not settled. */
interface Run {
  readonly requests: Requests
  /** Whether one of its own requests is known. */
  isKnown: boolean
  /** Whether a request was sent meanwhile that is not known as its own. */
  hasOthers: boolean
}

/** The calls of `fetchUser`, watched. */
export interface WatchedCalls extends OwnCalls<Requests> {
  /** Notes a request of the `http` that `fetchUser` is given. */
  noteOwn(requests: Requests): void
}

/**
 * Watches the calls of `fetchUser` in development. Warns of one that has no known request, where others were sent
 * meanwhile: these may be its own. A `Request` does not tell whose signal it follows.
 */
export function watchFetchUser(
  { run, running, markOf }: OwnCalls<Requests>,
  warn: () => void,
): WatchedCalls {
  const runs = new Set<Run>()

  function note(mark: Requests | undefined): Requests | undefined {
    for (const current of runs) {
      if (mark === undefined) current.hasOthers = true
      else if (current.requests === mark) current.isKnown = true
    }
    return mark
  }

  function end(current: Run): void {
    runs.delete(current)
    if (current.hasOthers && !current.isKnown) warn()
  }

  return {
    noteOwn: note,
    run(callback, requests, signal) {
      const current = { requests, isKnown: false, hasOthers: false }
      runs.add(current)
      const settle = (): void => end(current)
      try {
        const answer = run(callback, requests, signal)
        Promise.resolve(answer).then(settle, settle)
        return answer
      } catch (error) {
        settle()
        throw error
      }
    },
    running() {
      const mark = running()
      return mark && note(mark)
    },
    markOf: (request) => note(markOf(request)),
  }
}
