import { expect, test } from 'vitest'
import type { AttemptResult } from '../message'
import type { DueQueue } from '../store/due-queues'
import { isProbeDue, RevisionVerifier } from './server-pauses'

const now = new Date('2027-01-12T09:00:00Z')
const later = new Date(now.getTime() + 1)

test.each([
  ['a server that is not paused', null, false],
  ['a pause of a person, also with other settings since', { by: 'operator', version: 1, nextProbeAt: null }, false],
  ['a pause whose next probe comes later', { by: 'diagnosis', version: 2, nextProbeAt: later }, false],
  ['a pause whose next probe is due', { by: 'diagnosis', version: 2, nextProbeAt: now }, true],
  ['a pause with other settings since', { by: 'diagnosis', version: 1, nextProbeAt: later }, true],
])('F-10 a probe is due or not: %s', (_, paused, isDue) => {
  expect(isProbeDue({ paused, version: 2 } as DueQueue, now)).toBe(isDue)
})

test('what a delivery has verified is stored once for each sender of the server’s own mailbox, and again if it could not be stored', async () => {
  const stored: string[] = []
  let isAway = true
  const verify = async ({ from }: { from: string }) => {
    if (isAway) throw new Error('the database is away')
    stored.push(from)
  }
  const verifier = new RevisionVerifier({ verify } as unknown as ConstructorParameters<typeof RevisionVerifier>[0])
  const note = (outcome: string, from: string, mailbox = '') => {
    const attempts = [{ outcome, version: 1, decision: { from }, at: now }]
    return verifier.verify({ mailServerId: 'm', mailbox }, { id: 'a', attempts } as unknown as AttemptResult)
  }
  await expect(note('accepted', 'a')).rejects.toThrow('away')
  isAway = false
  for (let time = 0; time < 2; time++) await note('accepted', 'a')
  await note('failed', 'b')
  await note('accepted', 'c', 'billing@contoso.example')
  expect(stored).toEqual(['a'])
})
