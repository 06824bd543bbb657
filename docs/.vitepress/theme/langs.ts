import { useData } from 'vitepress'
import { computed } from 'vue'

/** Leads to the same page in the other language, or to the front page where there is none. */
export function useLangs() {
  const { site, localeIndex, frontmatter } = useData()
  const languages = computed(() =>
    Object.entries(site.value.locales).map(([key, { label, link = '/' }]) => ({
      key,
      label,
      link,
    })),
  )
  const currentLang = computed(() => languages.value.find(({ key }) => key === localeIndex.value))
  const localeLinks = computed(() =>
    languages.value
      .filter(({ key }) => key !== localeIndex.value)
      .map(({ label, link }) => ({ text: label, link: frontmatter.value['counterpart'] ?? link })),
  )
  return { localeLinks, currentLang }
}
