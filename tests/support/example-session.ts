import type { Session } from '../../src/session/session'

/** A session that has just begun, whose lifetime is unknown. */
export const exampleSession: Session = {
  id: 's1',
  generation: 0,
  token: 'A1',
  refreshToken: 'R1',
  lifetime: null,
  receivedAt: 0,
}
