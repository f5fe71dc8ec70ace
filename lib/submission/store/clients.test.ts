import { expect, test } from 'vitest'
import { databaseOfEach } from '../../../tests/support/each-database'
import { submissionWorld } from '../../../tests/support/submission'

const { database, ending } = databaseOfEach()

test('clients are listed by name, with “Printer 2” before “Printer 10”', async () => {
  const it = await submissionWorld({ database, entrances: [] })
  ending.push(() => it.close())
  const names = ['Printer 10', 'scanner', 'Printer 2', 'Archive']
  for (const name of names) await it.client({ name })
  const stored = (await it.submission.clients.list()).map(({ name }) => name)
  expect(stored.filter((name) => names.includes(name))).toEqual(['Archive', 'Printer 2', 'Printer 10', 'scanner'])
})
