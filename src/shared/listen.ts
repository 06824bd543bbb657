/** Calls back for each event of one type. Returns a function that stops it. */
export function listen(
  target: EventTarget,
  type: string,
  callback: (event: Event) => void,
  options?: AddEventListenerOptions,
): () => void {
  target.addEventListener(type, callback, options)
  return () => target.removeEventListener(type, callback, options)
}
