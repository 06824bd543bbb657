import type { Owner, VirtualTime } from '../support/virtual-time'

/** How long a message takes usually, and at most, in ms: an answer is there within the 100 ms that memory waits. */
const [USUAL, LONGEST] = [5, 40]

type OnMessage = ((event: { readonly data: unknown }) => void) | null

/** Makes of this process a page with the BroadcastChannel of one origin. Each channel is of the tab that opens it. */
export function openChannels(time: VirtualTime): () => void {
  const channels = new Set<VirtualChannel>()
  /** When the last message for a tab arrives: none overtakes. */
  const arrivals = new Map<Owner, number>()

  // A page's channel is an EventTarget; the library tells it from Node's channel by that.
  class VirtualChannel extends EventTarget {
    onmessage: OnMessage = null
    private readonly tab = time.current!

    constructor(private readonly name: string) {
      super()
      channels.add(this)
    }

    postMessage(data: unknown): void {
      const copy: unknown = structuredClone(data)
      for (const other of channels) {
        if (other === this || other.name !== this.name) continue
        const { tab } = other
        const at = time.awake + time.span(`message ${tab.name}`, USUAL, LONGEST)
        const inOrder = Math.max(at, arrivals.get(tab) ?? 0)
        arrivals.set(tab, inOrder)
        time.after(tab, inOrder - time.awake, () => {
          if (channels.has(other)) other.onmessage?.({ data: copy })
        })
      }
    }

    close(): void {
      channels.delete(this)
    }
  }

  const { BroadcastChannel } = globalThis
  Object.assign(globalThis, { window: globalThis, BroadcastChannel: VirtualChannel })
  return () => {
    Reflect.deleteProperty(globalThis, 'window')
    Object.assign(globalThis, { BroadcastChannel })
  }
}
