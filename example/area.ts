import { computed, reactive, type ComputedRef } from 'vue'
import { useRoute } from 'vue-router'
import { useAuth } from 'vue-auth-refresh'

/** Whether the admins' pages are shown. Their session is another one than the customers'. */
export function useIsAdminArea(): ComputedRef<boolean> {
  const route = useRoute()
  return computed(() => route.meta.authSession === 'admin')
}

/** The session of the pages that are shown. */
export function useAreaAuth() {
  const isAdminArea = useIsAdminArea()
  const customer = reactive(useAuth())
  const admin = reactive(useAuth('admin'))
  return computed(() => (isAdminArea.value ? admin : customer))
}
