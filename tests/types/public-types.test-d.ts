import { expectTypeOf, it } from 'vitest'
import type { AuthCredentials, AuthTypes, AuthUser } from 'vue-auth-refresh'

declare module 'vue-auth-refresh' {
  interface AuthTypes {
    user: { name: string; roles: string[] }
    credentials: { email: string; password: string }
  }
}

it('types the user and the credentials once for the whole app', () => {
  expectTypeOf<AuthTypes>().toHaveProperty('user')
  expectTypeOf<AuthUser>().toEqualTypeOf<{ name: string; roles: string[] }>()
  expectTypeOf<AuthCredentials>().toEqualTypeOf<{ email: string; password: string }>()
})
