/** The parts of a stream that free its connection: Node's, and the web's. */
interface Readable {
  destroy(): void
  cancel(): Promise<void>
}

/** Frees the connection of a body that is not read. One that is being read stays. */
export function freeBody(body: unknown): void {
  const { destroy, cancel } = Object(body) as Partial<Readable>
  destroy?.call(body)
  cancel?.call(body).catch(() => {})
}
