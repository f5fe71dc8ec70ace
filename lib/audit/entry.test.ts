import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { AUDIT_ACTIONS } from './actions'

const root = path.resolve(import.meta.dirname, '../..')

function writers(): string {
  return ['app', 'lib']
    .flatMap((folder) => readdirSync(path.join(root, folder), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.(test|fixture)\.tsx?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n')
}

test('U-01 every event that the filter offers is written somewhere', () => {
  const text = writers()
  expect(AUDIT_ACTIONS.filter((action) => !text.includes(`'${action}'`))).toEqual([])
})
