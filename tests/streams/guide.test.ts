import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../support/readme-samples'

const folder = join(root, 'tests/streams/recipes')
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

test('docs/guide/websocket-sse.md has each recipe as it is run', () => {
  const guide = readFileSync(join(root, 'docs/guide/websocket-sse.md'), 'utf8')
  const names = readdirSync(folder).filter((name) => read(name).startsWith(`// src/${name}`))
  expect(names).toHaveLength(6)
  expect(names.filter((name) => !guide.includes(`\`\`\`ts\n${read(name)}\`\`\``))).toEqual([])
})
