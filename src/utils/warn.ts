import { printable } from './printable'

/** Ends a message with the section of the documents that has its cure. A production build leaves that out. */
export const withCure = (message: string, section: string): string =>
  process.env.NODE_ENV === 'production'
    ? message
    : `${message} (see vue-auth-refresh/docs/guide/troubleshooting.md#${section})`

/**
 * Prints a warning.
 *
 * @param section the anchor of its cure in docs/guide/troubleshooting.md
 * @param details errors, of which the message and the stack are printed
 */
export const warn = (message: string, section: string, ...details: unknown[]): void =>
  console.warn(
    `[vue-auth-refresh] ${withCure(message, section)}`,
    ...details.map((error) => printable(error)),
  )
