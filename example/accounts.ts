/** An account of the demo. The login page shows them all, so the passwords are no secret. */
export interface DemoAccount {
  readonly email: string
  readonly password: string
  readonly name: string
  readonly roles: readonly Role[]
}

export type Role = 'admin' | 'user'

export const demoAccounts: readonly DemoAccount[] = [
  { email: 'ada@example.com', password: 'lovelace', name: 'Ada', roles: ['user', 'admin'] },
  { email: 'ben@example.com', password: 'franklin', name: 'Ben', roles: ['user'] },
]
