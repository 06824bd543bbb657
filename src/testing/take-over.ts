/** The way out of what is installed now, by name, for each Pinia and router. */
const installed = new WeakMap<object, Map<string, () => void>>()

/**
 * Installs something under a name in a Pinia or a router, in place of what another test has left there.
 *
 * @param install returns what undoes it
 * @returns what undoes it, unless it was replaced meanwhile
 */
export function takeOver(owner: object, name: string, install: () => () => void): () => void {
  const undos = installed.get(owner) ?? new Map<string, () => void>()
  installed.set(owner, undos)
  undos.get(name)?.()
  const undo = install()
  const leave = (): void => {
    if (undos.get(name) !== leave) return
    undos.delete(name)
    undo()
  }
  undos.set(name, leave)
  return leave
}
