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
])('every file of this project that %s names is there', (document) => {
  const text = readFileSync(join(root, document), 'utf8')
  const named = text.matchAll(/`((?:src|tests|example|docs|scripts|bench)\/[\w./-]+)`/g)
  const missing = [...named].map(([, path = '']) => path).filter((path) => !exists(path))
  expect(missing).toEqual([])
})

const exists = (path: string): boolean => existsSync(join(root, path))
