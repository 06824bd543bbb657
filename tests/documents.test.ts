import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './support/readme-samples'

test.each([
  'README.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'docs/security.md',
  'docs/design.md',
  'docs/adopting.md',
  'docs/browsers.md',
  'docs/testing.md',
  'docs/fetch.md',
])('every file of this project that %s names is there', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const named = text.matchAll(/`((?:src|tests|example|docs|scripts|bench)\/[\w./-]+)`/g)
  const missing = [...named].map(([, path = '']) => path).filter((path) => !exists(path))
  expect(missing).toEqual([])
})

const exists = (path: string): boolean => existsSync(join(root, path))

test('docs/browsers.md names the browsers that the build is for', () => {
  const config = readFileSync(join(root, 'tsdown.config.ts'), 'utf8')
  const [, chrome, firefox, safari] =
    /'chrome(\d+)', 'firefox(\d+)', 'safari(\d+)'/.exec(config) ?? []
  const text = readFileSync(join(root, 'docs/browsers.md'), 'utf8')
  expect(text).toContain(`Chrome and Edge ${chrome}, Firefox ${firefox} and Safari ${safari}.`)
})
