/** A signal that is never aborted. */
export const noSignal = new AbortController().signal
