import type { AxiosInstance, InternalAxiosRequestConfig } from 'axios'

/** The mark of a protected instance. Global, because a hot reload brings a second copy of this module. */
const INSTALLED = Symbol.for('vue-auth-refresh')

type Protected = AxiosInstance & { [INSTALLED]?: (() => void) & { readonly session: string } }

/**
 * Refuses an instance that belongs to another session. Otherwise its requests would go out as another user. A hot
 * reload, with the same name, may take it over.
 *
 * @throws Error naming both sessions
 */
export function checkUnclaimed(instance: Protected, name: string): void {
  const { session = name } = instance[INSTALLED] ?? {}
  if (session !== name) {
    throw new Error(
      `createAuth(): the axios instance belongs to the session "${session}"; make one for "${name}".`,
    )
  }
}

/**
 * Calls `wrap` synchronously inside each call of the instance, for the session of that name. Undoes an earlier
 * installation on the instance first. Returns a function that undoes this one.
 */
export function install(
  instance: Protected,
  name: string,
  wrap: (config: InternalAxiosRequestConfig) => false,
): () => void {
  instance[INSTALLED]?.()
  const id = instance.interceptors.request.use(null, null, { synchronous: true, runWhen: wrap })
  const eject = (): void => {
    instance.interceptors.request.eject(id)
    if (instance[INSTALLED] === undo) delete instance[INSTALLED]
  }
  const undo = Object.assign(eject, { session: name })
  return (instance[INSTALLED] = undo)
}
