import { getActivePinia } from 'pinia'
import { defineComponent, type SlotsType } from 'vue'
import type { AuthError } from './errors'
import type { AuthUser } from './options'
import { findStore } from './store/use-auth-store'

/** The slots of {@link AuthState}. An interface: the user has the type that the app gives it. */
interface AuthStateSlots {
  restoring: Record<never, never>
  authenticated: { readonly user: AuthUser | null }
  anonymous: { readonly error: AuthError | null }
}

/**
 * Shows one of its slots, by who is signed in: `restoring` while that is being found out, `authenticated` with `user`,
 * else `anonymous` with `error`, the reason why the last session ended. Renders nothing of its own.
 *
 * Prop `name`: the session, where there are several. Default: that of the plugin that was installed first.
 */
export const AuthState = defineComponent({
  name: 'AuthState',
  props: { name: String },
  slots: Object as SlotsType<AuthStateSlots>,
  setup(props, { slots }) {
    const pinia = getActivePinia()
    return () => {
      const { status, user, error } = findStore(pinia, props.name)()
      if (status === 'restoring') return slots.restoring?.({})
      return status === 'authenticated'
        ? slots.authenticated?.({ user })
        : slots.anonymous?.({ error })
    }
  },
})
