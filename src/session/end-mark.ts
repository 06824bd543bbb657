import type { PageMark, SharedSession } from './shared-session'

/** A text in the mark while the server may not have heard of a logout. */
export const UNTOLD = 'untold'

/** The texts of the mark: the ids of sessions that must not come back from the storage, and {@link UNTOLD}. */
export const textsOf = (mark: PageMark): string[] => mark.get()?.split(' ') ?? []

export function unmark(mark: PageMark, ...texts: readonly string[]): void {
  mark.set(
    textsOf(mark)
      .filter((text) => !texts.includes(text))
      .join(' ') || null,
  )
}

/** Marks until the storage itself has a change: memory does not outlast the page. */
export function markUntilStored<Changed>(
  { endMark, whenStored }: Pick<SharedSession, 'endMark' | 'whenStored'>,
  change: () => Promise<Changed>,
  ...texts: readonly string[]
): Promise<Changed> {
  endMark.set([...new Set([...textsOf(endMark), ...texts])].join(' '))
  const changed = change()
  void changed.then(whenStored).then(() => unmark(endMark, ...texts))
  return changed
}
