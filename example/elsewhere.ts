import { readonly, ref, type Ref } from 'vue'
import type { AuthEvent } from 'vue-auth-refresh'

/**
 * A change of the session without this page: another tab did it, or, with a session by cookie, the server has told
 * only now that one is `still-signed-in`.
 */
export type News = 'signed-in' | 'signed-out' | 'still-signed-in'

export interface Elsewhere {
  /** The latest, until this tab signs in or out itself or the visitor has seen enough of it. */
  readonly news: Readonly<Ref<News | null>>
  dismiss(): void
  record(event: AuthEvent): void
}

export function createElsewhere(): Elsewhere {
  const news = ref<News | null>(null)
  /** This tab has asked the server who is signed in. */
  let isAsking = false

  return {
    news: readonly(news),
    dismiss: () => void (news.value = null),
    record(event) {
      if (event.type === 'refresh-started') isAsking = event.reason === 'start'
      if (event.type === 'refresh-failed') isAsking = false
      if (event.type === 'session-started') {
        const found = isAsking ? 'still-signed-in' : 'signed-in'
        news.value = event.adopted ? found : null
        isAsking = false
      }
      if (event.type === 'session-ended') {
        news.value = event.adopted && event.reason === 'signed-out' ? 'signed-out' : null
      }
    },
  }
}
