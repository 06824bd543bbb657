/** Calls back for each event of one type. Returns a function that stops it. */
export function listen<E extends Event>(
  target: EventTarget,
  type: string,
  callback: (event: E) => void,
): () => void {
  const listener = callback as EventListener
  target.addEventListener(type, listener)
  return () => target.removeEventListener(type, listener)
}
