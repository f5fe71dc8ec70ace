import { afterAll, beforeAll, expect, test } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../tests/support/database'
import { systemClock } from '../kernel'
import { saveOrganisation } from './organisation'
import { readOrganisation } from './store/organisation'

const caller = {
  actor: { kind: 'operator', id: 'op-1', email: 'admin@contoso.example', role: 'admin' },
  origin: { address: '192.0.2.7', requestId: 'req-1' },
  locale: 'en',
} as const

let fresh: TestDatabase
beforeAll(async () => {
  fresh = await freshDatabase()
})
afterAll(() => fresh.drop())

const save = (name: unknown, version: number) =>
  saveOrganisation({ db: fresh.db, clock: systemClock }, caller, { name, version })
const stored = () => readOrganisation(fresh.db)

test('the name is saved in one line, with an audit entry, and may be emptied again', async () => {
  expect(await stored()).toEqual({ name: '', version: 0 })
  expect(await save('  Contoso ', 0)).toMatchObject({ ok: true })
  // Again, because the answer was lost: nothing changes.
  expect(await save('Contoso', 0)).toMatchObject({ ok: true })
  expect(await stored()).toEqual({ name: 'Contoso', version: 1 })
  expect(await save('', 1)).toMatchObject({ ok: true })
  expect(await stored()).toEqual({ name: '', version: 2 })
  const rows = await fresh.db.auditEvent.findMany({
    where: { action: 'organisation.rename' },
    orderBy: { sequence: 'asc' },
  })
  expect(rows.map(({ actorName, details }) => [actorName, details])).toEqual([
    ['admin@contoso.example', { name: 'Contoso', before: '' }],
    ['admin@contoso.example', { name: '', before: 'Contoso' }],
  ])
})

test('the second of two saves on the same version is refused and recorded', async () => {
  const { version } = await stored()
  await save('Fabrikam', version)
  expect(await save('Litware', version)).toMatchObject({
    ok: false,
    error: { kind: 'changed', name: 'Fabrikam' },
  })
  expect((await stored()).name).toBe('Fabrikam')
  const refused = { action: 'organisation.rename', result: 'refused' }
  expect(await fresh.db.auditEvent.findMany({ where: refused })).toMatchObject([
    { details: { reason: 'changed', name: 'Litware' } },
  ])
})

test.each([
  ['a'.repeat(61), 'tooLong'],
  ['Contoso\nLtd', 'lineBreak'],
  ['Con\u202etoso', 'oddCharacter'],
  [undefined, 'notText'],
  [new Blob(['Contoso']), 'notText'],
])('%j is refused and changes nothing', async (name, key) => {
  const before = await stored()
  expect(await save(name, before.version)).toMatchObject({ error: { kind: 'name', validationError: { key } } })
  expect(await stored()).toEqual(before)
})
