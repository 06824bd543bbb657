import type { App } from 'vue'
import type { TimelineEntry } from '../../src/devtools/timeline'
import type { Sections } from '../../src/devtools/inspector'

interface Node {
  readonly id: string
  readonly tags: readonly { readonly label: string }[]
}
interface Payload {
  readonly app: App
  readonly inspectorId: string
  readonly nodeId: string
  readonly filter: string
  rootNodes: Node[]
  state: Sections | null
}
type Handler = (payload: Payload) => unknown
type Send = (...message: unknown[]) => void
interface Inspector {
  readonly id: string
  readonly nodeActions: readonly {
    readonly tooltip: string
    readonly action: (nodeId: string) => Promise<void>
  }[]
}
interface Descriptor {
  readonly id: string
  readonly app: App
}

/** Devtools that are open from the start, in place of `@vue/devtools-api`. */
export class FakeDevtools {
  readonly inspectors: Inspector[] = []
  readonly layers: { readonly id: string }[] = []
  readonly timeline: TimelineEntry[] = []
  /** Everything that the devtools were given. */
  readonly given: unknown[] = []
  /** How often the devtools were told that the state has changed. */
  changes = 0
  private readonly trees: Handler[] = []
  private readonly states: Handler[] = []

  /** The module `@vue/devtools-api`, as the entry uses it. */
  module(): {
    setupDevToolsPlugin: (descriptor: Descriptor, setup: (api: object) => void) => void
  } {
    const send: Send = (...message) => void this.given.push(message)
    const api = {
      on: {
        getInspectorTree: (handler: Handler) => this.trees.push(handler),
        getInspectorState: (handler: Handler) => this.states.push(handler),
      },
      addInspector: (inspector: Inspector) => this.inspectors.push(inspector),
      addTimelineLayer: (layer: { id: string }) => this.layers.push(layer),
      addTimelineEvent: ({ event }: { event: TimelineEntry }) => {
        this.timeline.push(event)
        send(event)
      },
      sendInspectorTree: send,
      sendInspectorState: (...message: unknown[]) => {
        this.changes++
        send(...message)
      },
    }
    return {
      setupDevToolsPlugin: (_descriptor, setup) => {
        // The real ones do so when they are opened after the plugin was set up.
        setup(api)
        setup(api)
      },
    }
  }

  private async ask(handlers: Handler[], app: App, nodeId: string, filter = ''): Promise<Payload> {
    const inspectorId = 'vue-auth-refresh'
    const payload = { app, inspectorId, nodeId, filter, rootNodes: [], state: null }
    for (const handler of handlers) await handler(payload)
    const { rootNodes, state } = payload
    this.given.push(rootNodes, state)
    return payload
  }

  /** The sessions that the inspector lists, with their states. */
  async tree(app: App, filter?: string): Promise<string[]> {
    const { rootNodes } = await this.ask(this.trees, app, '', filter)
    return rootNodes.map(({ id, tags }) => `${id}: ${tags[0]?.label}`)
  }

  /** The lines that the inspector shows of a session, by section. */
  async state(app: App, name = 'auth'): Promise<Record<string, Record<string, unknown>>> {
    const { state } = await this.ask(this.states, app, name)
    return Object.fromEntries(
      Object.entries(state ?? {}).map(([section, lines]) => [
        section,
        Object.fromEntries(lines.map(({ key, value }) => [key, value])),
      ]),
    )
  }

  /** Presses the button whose tooltip begins like this. */
  async press(start: string, name = 'auth'): Promise<void> {
    const action = this.inspectors[0]?.nodeActions.find(({ tooltip }) => tooltip.startsWith(start))
    if (!action) throw new Error(`There is no button "${start}".`)
    await action.action(name)
  }
}
