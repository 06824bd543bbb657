/** Work that is repeated on demand, one run at a time. */
export interface Repeater {
  /** Begins a run; or one after the run under way, which may have seen too little. */
  ask(): void
  /** Settles with the last run that has been asked for; undefined while there is none. */
  pending(): Promise<void> | undefined
}

export function createRepeater(work: () => Promise<void>): Repeater {
  /** The run under way, and the one after it. */
  const runs: Promise<void>[] = []
  return {
    pending: () => runs.at(-1),
    ask() {
      if (runs.length > 1) return
      const before = runs[0] ?? Promise.resolve()
      runs.push(before.then(work).finally(() => void runs.shift()))
    },
  }
}
