import { readonly, ref, shallowReadonly, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import type { AuthEvent, ReauthenticateContext } from 'vue-auth-refresh'

/** The content of the dialog. */
export interface Question {
  /** The name of the user who was signed in; empty where it is not known. */
  readonly name: string
  readonly email: string
  /** Without a login before it, the visitor is taken to the login page. */
  close(): void
}

export interface SignInAgain {
  /** The question that is open; null without one. */
  readonly question: Readonly<ShallowRef<Question | null>>
  /** This tab has something to lose by leaving the page. */
  readonly hasDraft: Ref<boolean>
  /** The session ended, and what was typed went with the page. */
  readonly hasLostDraft: Readonly<Ref<boolean>>
  /** How often a session went on because its user had signed in again. */
  readonly answered: Readonly<Ref<number>>
  /** For the option `reauthenticate`. */
  ask(context: ReauthenticateContext): Promise<void>
  record(event: AuthEvent): void
}

/** A lock that each tab with something to lose holds: it is gone with the tab. Without Web Locks, no tab tells. */
const DRAFT = 'vue-auth-refresh-demo/draft'
const locks = globalThis.navigator.locks as LockManager | undefined

async function isDraftInAnyTab(): Promise<boolean> {
  const held = (await locks?.query())?.held ?? []
  return held.some(({ name }) => name === DRAFT)
}

export function createSignInAgain(): SignInAgain {
  const question = shallowRef<Question | null>(null)
  const hasDraft = ref(false)
  const hasLostDraft = ref(false)
  const answered = ref(0)

  let drop = (): void => {}
  watch(hasDraft, (has) => {
    drop()
    if (!has) return
    const dropped = new Promise<void>((resolve) => (drop = resolve))
    void locks?.request(DRAFT, { mode: 'shared' }, () => dropped)
  })

  return {
    question: shallowReadonly(question),
    hasDraft,
    hasLostDraft: readonly(hasLostDraft),
    answered: readonly(answered),

    async ask({ signal, user }) {
      // Settled without a login: the ordinary way to the login page, in all tabs
      if (!hasDraft.value && !(await isDraftInAnyTab())) return
      if (signal.aborted) return
      await new Promise<void>((resolve) => {
        question.value = { name: user?.name ?? '', email: user?.email ?? '', close: resolve }
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      question.value = null
    },

    record({ type }) {
      if (type === 'session-resumed') answered.value += 1
      // The page is left after this
      if (type === 'session-ended') hasLostDraft.value = hasDraft.value
      if (type === 'session-started') hasLostDraft.value = false
    },
  }
}

export const signInAgain = createSignInAgain()
