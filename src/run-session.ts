import type { AxiosInstance } from 'axios'
import { baseOf } from './http/allowed-origins'
import { createCallbackHttp } from './http/callback-http'
import type { ResolvedOptions } from './options'
import { responseOf } from './session/error-response'
import { createFreshKeeper } from './session/keep-fresh'
import type { Requests } from './session/requests'
import { requestsOf } from './session/requests-of'
import { longestRefresh } from './session/refresher'
import { canRefresh, hasCookie, hasToken } from './session/session-mode'
import { openSharedSession } from './shared/open-shared-session'
import { hintAtSignIn } from './shared/sign-in-mark'
import { createAuthSession, type AuthServices, type AuthSession } from './store/auth-session'
import { warn } from './utils/warn'

/** The plugin as its session needs it. */
export interface RunningSessionPorts extends Pick<
  AuthServices,
  'axios' | 'emit' | 'onOwnChange' | 'onStatus' | 'runCallback' | 'runFetchUser' | 'fetchingUser'
> {
  /** Makes all requests of an instance those of a session. */
  protect(instance: AxiosInstance, requests: Requests): void
}

/**
 * The name of a session as all tabs of the origin know it. Apps of other APIs must not find it: they would send its
 * refresh token to their own.
 */
export function sharedNameOf({ name, api }: ResolvedOptions, axios: AxiosInstance): string {
  const ofApi = api ?? baseOf(axios)
  return name + (ofApi && `@${ofApi}`)
}

/** Opens the session of an app in this tab, and begins to read what is stored of it. */
export function runSession(
  options: ResolvedOptions,
  { protect, ...ports }: RunningSessionPorts,
): AuthSession {
  const { axios } = ports
  const isByCookie = hasCookie(options.session)
  const sharedName = sharedNameOf(options, axios)
  const shared = openSharedSession({
    name: sharedName,
    storage: options.storage,
    refreshLimit: longestRefresh(options.refreshTimeout),
    askLimit: options.reauthenticateTimeout,
    afterlife: isByCookie ? options.refreshTimeout / 2 : 0,
    hasToken: hasToken(options.session),
    onEnded: (id) => session.keeper.hearEnd(id),
    onChange() {
      session.keeper.reread()
      freshKeeper?.reschedule()
    },
    warn,
  })
  async function noteAnswer(answer: unknown): Promise<void> {
    try {
      await answer
    } catch (error) {
      if (responseOf(error).status === undefined) return
    }
    shared.noteAnswer()
  }
  const freshKeeper = options.keepFresh
    ? createFreshKeeper(
        { ...shared, refresh: () => session.keeper.refresh('ahead') },
        options.leeway,
      )
    : undefined
  const session = createAuthSession({
    ...ports,
    options,
    shared,
    page: shared,
    runCallback(callback, signal) {
      const answer = ports.runCallback(callback, signal)
      void noteAnswer(answer)
      return answer
    },
    onSession: (next) =>
      freshKeeper?.schedule(next && canRefresh(next, options.session) ? next : null),
    http: (as) => {
      const http = as === 'user' ? axios.create() : createCallbackHttp(axios, isByCookie)
      // Generated clients replace `defaults`, and `axios.create()` reads its own object.
      const { baseURL } = axios.defaults
      if (baseURL) http.defaults.baseURL = baseURL
      if (as === 'user') protect(http, session.keeper.requests)
      else if (as !== 'nobody') protect(http, requestsOf(as))
      return http
    },
  })
  const read = session.read()
  if (process.env.NODE_ENV !== 'production' && typeof window !== 'undefined') {
    void read.then(
      () => session.keeper.requests.current() ?? hintAtSignIn(options.name, sharedName),
    )
  }

  return {
    ...session,
    dispose() {
      session.dispose()
      shared.close()
    },
  }
}
