import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { error as german } from '@/messages/de/browser.json'
import { error as english } from '@/messages/en/browser.json'

const built = path.resolve(import.meta.dirname, '../.next')
const MANIFEST = 'server/app/(console)/mail-server/page_client-reference-manifest.js'

test('the scripts of a page bring the texts that they carry, and the notice of a page that broke, once', () => {
  const names = new Set(readFileSync(path.join(built, MANIFEST), 'utf8').match(/static\/chunks\/[^"]+\.js/g))
  const scripts = [...names].map((name) => readFileSync(path.join(built, name), 'utf8'))
  for (const part of [german.page.text, english.page.text, 'loadedAgainAt'])
    expect(scripts.filter((script) => script.includes(part))).toHaveLength(1)
})
