import { setupDevToolsPlugin } from '@vue/devtools-api'
import type { App } from 'vue'
import type { AuthPlugin } from 'vue-auth-refresh'
import type { DevtoolsPort } from '../devtools-port'
import { actions } from './actions'
import { inspect, wordOf } from './inspector'
import { createPush } from './push'
import { timelineOf } from './timeline'
import { watchSession, type WatchedSession } from './watch-session'

/** The id of the devtools plugin, of its inspector and of its layer. */
const ID = 'vue-auth-refresh'
const COLOR = 0x2f5bd8
const WHITE = 0xffffff

type Devtools = Parameters<Parameters<typeof setupDevToolsPlugin>[1]>[0]

/** @throws TypeError where that is no plugin of `createAuth()`, or of a production build */
function portOf(plugin: AuthPlugin): DevtoolsPort {
  const port = Reflect.get(plugin, Symbol.for('vue-auth-refresh/devtools')) as
    | DevtoolsPort
    | undefined
  if (port) return port
  throw new TypeError('connectDevtools(): pass what createAuth() returns, in development.')
}

/**
 * Shows the sessions of an app in the Vue devtools: an inspector, and a layer of the timeline. Never shows a token.
 *
 * ```ts
 * if (import.meta.env.DEV) {
 *   void import('vue-auth-refresh/devtools').then(({ connectDevtools }) => connectDevtools(app, authPlugin))
 * }
 * ```
 *
 * @returns stops that; unmounting the app does, too
 * @throws TypeError where a plugin is none of `createAuth()`, or of a production build
 */
export function connectDevtools(app: App, ...plugins: readonly AuthPlugin[]): () => void {
  let devtools: Devtools | undefined
  const tree = createPush(() => devtools?.sendInspectorTree(ID))
  const state = createPush(() => devtools?.sendInspectorState(ID))
  const onChange = (): void => {
    tree.send()
    state.send()
  }
  const watched = new Map(plugins.map((plugin) => entryOf(portOf(plugin))))

  function entryOf(port: DevtoolsPort): [name: string, watched: WatchedSession] {
    const toEntry = timelineOf(port.name)
    const session = watchSession(
      port,
      (event) => devtools?.addTimelineEvent({ layerId: ID, event: toEntry(event) }),
      onChange,
    )
    return [port.name, session]
  }

  const descriptor = { id: ID, label: 'Auth', packageName: ID, app }
  setupDevToolsPlugin(descriptor, (api) => {
    // The devtools call this again when they are opened.
    if (devtools) return
    devtools = api
    api.addTimelineLayer({ id: ID, label: 'Auth', color: COLOR })
    api.addInspector({
      id: ID,
      label: 'Auth',
      icon: 'key',
      treeFilterPlaceholder: 'Search sessions',
      nodeActions: actions.map(({ icon, tooltip, run }) => ({
        icon,
        tooltip,
        async action(name) {
          const one = watched.get(name)
          const session = one?.session()
          if (!one || !session) return
          try {
            await run(one, session)
          } catch {
            // The inspector shows why a refresh has failed.
          }
          onChange()
        },
      })),
    })
    api.on.getInspectorTree((payload) => {
      if (payload.app !== app || payload.inspectorId !== ID) return
      tree.arrived()
      payload.rootNodes = [...watched]
        .filter(([name]) => name.includes(payload.filter))
        .map(([name, one]) => ({
          id: name,
          label: name,
          tags: [{ label: wordOf(one), textColor: WHITE, backgroundColor: COLOR }],
        }))
    })
    api.on.getInspectorState((payload): unknown => {
      const one = watched.get(payload.nodeId)
      if (payload.app !== app || payload.inspectorId !== ID || !one) return undefined
      state.arrived()
      // The devtools wait for a promise, which their types do not say.
      return inspect(one).then((sections) => (payload.state = sections))
    })
  })

  const stop = (): void => {
    for (const one of watched.values()) one.stop()
    watched.clear()
    tree.arrived()
    state.arrived()
  }
  app.onUnmount(stop)
  return stop
}
