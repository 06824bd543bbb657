import { computed, ref } from 'vue'

type Theme = 'light' | 'dark'

const key = 'demo-theme'
const system = matchMedia('(prefers-color-scheme: dark)')
const preferred = ref<Theme>(system.matches ? 'dark' : 'light')
const chosen = ref<Theme | null>(stored())

system.addEventListener('change', ({ matches }) => {
  preferred.value = matches ? 'dark' : 'light'
})

/** The theme in use: that of the visitor's choice, otherwise that of the system. */
export const theme = computed(() => chosen.value ?? preferred.value)

export function toggleTheme(): void {
  const next = theme.value === 'dark' ? 'light' : 'dark'
  // Back at what the system prefers, there is nothing to remember
  chosen.value = next === preferred.value ? null : next
  if (chosen.value) localStorage.setItem(key, chosen.value)
  else localStorage.removeItem(key)
  applyTheme()
}

export function applyTheme(): void {
  if (chosen.value) document.documentElement.dataset['theme'] = chosen.value
  else delete document.documentElement.dataset['theme']
}

function stored(): Theme | null {
  const value = localStorage.getItem(key)
  return value === 'light' || value === 'dark' ? value : null
}
