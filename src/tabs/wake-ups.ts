/**
 * Calls back whenever this tab may have missed something: it is shown again, thawed, or back from the back/forward
 * cache. Returns what stops it.
 */
export function onWakeUp(callback: () => void): () => void {
  const onVisibility = (): void => {
    if (document.visibilityState === 'visible') callback()
  }
  const onShow = ({ persisted }: PageTransitionEvent): void => {
    if (persisted) callback()
  }
  document.addEventListener('visibilitychange', onVisibility)
  document.addEventListener('resume', callback)
  addEventListener('pageshow', onShow)
  return () => {
    document.removeEventListener('visibilitychange', onVisibility)
    document.removeEventListener('resume', callback)
    removeEventListener('pageshow', onShow)
  }
}
