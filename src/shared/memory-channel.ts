/** Time in which the other tabs answer, or receive a change. */
export const HEARD_WITHIN_MS = 100

/** Opens a channel on which tabs hand each other what is in their memory; undefined where a tab is alone. */
export function openMemoryChannel(
  name: string,
  onMessage: (data: unknown) => void,
): BroadcastChannel | undefined {
  if (typeof window === 'undefined') return undefined
  try {
    // Only a page's own channel reaches its tabs alone. That of Node, in jsdom say, reaches the apps of other tests.
    if (!(BroadcastChannel.prototype instanceof EventTarget)) return undefined
    const channel = new BroadcastChannel(name)
    channel.onmessage = ({ data }) => onMessage(data)
    return channel
  } catch {
    // Without a channel, each tab has a memory of its own.
    return undefined
  }
}
