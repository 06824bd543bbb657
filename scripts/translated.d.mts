/** The text of a document, by its path from the root. */
export function read(document: string): string

/** The documents that have a translation, or shall have one, by path. */
export function originals(): string[]

/** The path of a document's translation. */
export function translationOf(document: string): string

export function isTranslated(document: string): boolean

/** The hash of an original, as its translation records it. */
export function hashOf(text: string): string

/** The hash that a translation records. */
export function recordedIn(translation: string): string | undefined

/** Records the present hash of an original in its translation. */
export function record(document: string): void

/**
 * Differences that a translation may not have: in its code blocks, its names in code, and the targets of its links. A
 * link leads to the translation where there is one.
 */
export function differences(document: string, original: string, translation: string): string[]
