import type { AxiosInstance } from 'axios'
import type { AuthOptions, ProtectedAxios } from '../options'

/** Tells a function that makes instances from an instance, which can be called, too. */
export const makesInstances = (
  axios: AuthOptions['axios'],
): axios is Exclude<AuthOptions['axios'], ProtectedAxios> =>
  typeof axios === 'function' && !('interceptors' in axios)

/** The axios instances of a plugin: those of the option `axios`, and those that are added later. */
export interface Instances {
  /** The first one of the option. */
  first(): AxiosInstance
  /** Claims them all: before an app uses the plugin, when one does, and again to be the newest of several plugins. */
  claim(isInstalled: boolean): void
  /** Claims one more, perhaps for several callers. Returns what undoes it for this one. */
  add(instance: AxiosInstance): () => void
  /** Lets go of them all. They may be claimed again, for another app. */
  release(): void
}

/**
 * @param axios the option; a function is called once for each app
 * @param check checks what such a function has returned
 * @param claim claims an instance, and returns what lets go of it
 */
export function createInstances(
  axios: AuthOptions['axios'],
  check: (made: unknown) => void,
  claim: (instance: AxiosInstance, isInstalled: boolean) => () => void,
): Instances {
  /** Once for each caller that has added it. */
  const added: AxiosInstance[] = []
  const claims = new Map<AxiosInstance, () => void>()
  /** Whether an app uses the plugin. */
  let isInUse = false
  let ofOption: readonly [AxiosInstance, ...AxiosInstance[]] | undefined

  function list(): NonNullable<typeof ofOption> {
    if (ofOption) return ofOption
    const made = makesInstances(axios) ? axios() : axios
    check(made)
    return (ofOption = typeof made === 'function' ? [made] : made)
  }

  function claimOnce(instance: AxiosInstance): void {
    if (!claims.has(instance)) claims.set(instance, claim(instance, isInUse))
  }

  function letGo(instance: AxiosInstance): void {
    claims.get(instance)?.()
    claims.delete(instance)
  }

  return {
    first: () => list()[0],
    claim(isInstalled) {
      isInUse = isInstalled
      for (const instance of new Set([...list(), ...added])) {
        const before = claims.get(instance)
        claims.set(instance, claim(instance, isInstalled))
        before?.()
      }
    },
    add(instance) {
      claimOnce(instance)
      added.push(instance)
      let isUndone = false
      return () => {
        if (isUndone) return
        isUndone = true
        added.splice(added.indexOf(instance), 1)
        if (![...added, ...(ofOption ?? [])].includes(instance)) letGo(instance)
      }
    },
    release() {
      ;[...claims.keys()].forEach(letGo)
      ofOption = undefined
      isInUse = false
    },
  }
}
