import type { AxiosError, AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** The mark of a protected instance. Global, because a hot reload brings a second copy of this module. */
const CLAIMS = Symbol.for('vue-auth-refresh/claims')

/** Called synchronously inside each call of the instance. Returns false, as a `runWhen` that runs nothing. */
export interface Wrap {
  (config: InternalAxiosRequestConfig): false
  /** Called with the config of each answer, in development. */
  inspect?(this: void, config: InternalAxiosRequestConfig): void
}

/** The plugins of an instance, each by its wrap. The newest installed one serves; without any, the newest. */
interface Wraps {
  readonly early: Wrap[]
  readonly installed: Wrap[]
}

const servingOf = ({ early, installed }: Wraps): Wrap | undefined =>
  installed.at(-1) ?? early.at(-1)

interface Claims {
  readonly session: string
  readonly wraps: Wraps
  /** Takes the interceptor off the instance again. */
  eject(): void
}

type Claimed = AxiosInstance & { [CLAIMS]?: Claims }

/** Puts the interceptor on an instance. An app that clears all interceptors does not mean this one: it is put back. */
function intercept({ interceptors }: AxiosInstance, wraps: Wraps): () => void {
  const { request } = interceptors
  const { clear } = request
  const use = (): number =>
    // Applications may call the handlers of that list themselves, so it must be a function.
    request.use((config) => config, null, {
      synchronous: true,
      runWhen: (config) => servingOf(wraps)?.(config) ?? false,
    })
  let id = use()
  const clearAndPutBack = (): void => {
    clear.call(request)
    id = use()
  }
  request.clear = clearAndPutBack
  return () => {
    if (request.clear === clearAndPutBack) request.clear = clear
    request.eject(id)
  }
}

/** Has the config of each answer inspected. Returns what stops that. */
function inspectAnswers({ interceptors }: AxiosInstance, wraps: Wraps): () => void {
  /** An interceptor that was added before may have made anything at all of the answer. */
  const inspect = (answer?: { config?: InternalAxiosRequestConfig }): void => {
    if (answer?.config) servingOf(wraps)?.inspect?.(answer.config)
  }
  const id = interceptors.response.use(
    (response) => {
      inspect(response)
      return response
    },
    (error: AxiosError) => {
      inspect(error)
      throw error
    },
  )
  return () => interceptors.response.eject(id)
}

/**
 * Has `wrap` called for each call of the instance, for the session of that name. In a page, plugins of one session may
 * claim it together: the newest serves, and when it lets go, the one before. To claim it again is to be the newest.
 * Returns what lets go.
 *
 * @param isInstalled whether an app uses the plugin; one that none uses yet takes the instance from no other
 * @throws Error where it belongs to another session; on a server, where it belongs to another app
 */
export function claim(instance: Claimed, name: string, wrap: Wrap, isInstalled = true): () => void {
  const session = instance[CLAIMS]?.session ?? name
  if (session !== name) {
    throw new Error(
      `createAuth(): the axios instance belongs to the session "${session}"; make one for "${name}".`,
    )
  }
  const serving = instance[CLAIMS] && servingOf(instance[CLAIMS].wraps)
  if (serving && serving !== wrap && typeof window === 'undefined') {
    throw new Error(
      'createAuth(): another app uses the axios instance, perhaps for another user. ' +
        'On a server, write `axios: () => axios.create(…)`: each app then has its own.',
    )
  }
  const claims = (instance[CLAIMS] ??= newClaims(instance, name))
  const { early, installed } = claims.wraps
  const mine = isInstalled ? installed : early
  mine.push(wrap)

  return () => {
    const index = mine.indexOf(wrap)
    if (index >= 0) mine.splice(index, 1)
    if (servingOf(claims.wraps)) return
    claims.eject()
    if (instance[CLAIMS] === claims) delete instance[CLAIMS]
  }
}

function newClaims(instance: AxiosInstance, session: string): Claims {
  const wraps: Wraps = { early: [], installed: [] }
  const undo = [intercept(instance, wraps)]
  if (process.env.NODE_ENV !== 'production') undo.push(inspectAnswers(instance, wraps))
  return { session, wraps, eject: () => undo.forEach((eject) => eject()) }
}
