import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { CHROMIUM_FLAGS, WITHOUT_FEATURES } from './chromium.mjs'

test('what Playwright switches off in Chromium stays off together with our own list', () => {
  const bundle = path.resolve(import.meta.dirname, '../node_modules/playwright-core/lib/coreBundle.js')
  const [, list = ''] = /disabledFeatures = \[(.*?)\]/s.exec(readFileSync(bundle, 'utf8')) ?? []
  const theirs = [...list.matchAll(/^\s*"(\w+)",?$/gm)].map(([, name]) => name)
  expect(theirs.length).toBeGreaterThan(10)
  expect(WITHOUT_FEATURES).toEqual(expect.arrayContaining(theirs))
  const lists = CHROMIUM_FLAGS.filter((flag) => flag.startsWith('--disable-features='))
  expect(lists).toEqual([`--disable-features=${WITHOUT_FEATURES.join()}`])
})
