/** The states of a request, in the order in which it may have them. */
export type RequestState = 'sent' | 'waiting' | 'replayed' | 'answered' | 'failed'

/** The faults that a visitor may switch on, of the server or its network. */
export type SwitchName = 'isDown' | 'answers503' | 'hangs' | 'isSlow'

/** The words of the playground in one language. */
export interface Words {
  readonly lang: string
  readonly title: string
  readonly explanation: string
  readonly expireAndAsk: string
  readonly requests: string
  readonly refreshes: string
  readonly reused: string
  readonly expire: string
  readonly revoke: string
  readonly states: Readonly<Record<RequestState, string>>
  readonly switches: Readonly<Record<SwitchName, string>>
  tab(this: void, number: number): string
  readonly noRequest: string
  readonly noAnswer: string
  answeredSoFar(this: void, answered: number, count: number): string
  answered(this: void, answered: number, count: number): string
  waited(this: void, answered: number, count: number, waited: number): string
  failed(this: void, answered: number, count: number, failed: number, reason: string): string
  readonly refreshing: string
  secondsLeft(this: void, seconds: number): string
  /** @param reason the code of the error that ended the session */
  over(this: void, reason: string | undefined): string
  readonly signedOut: string
  readonly send: string
  readonly signOut: string
  signIn(this: void, name: string): string
}
