import { expect, test } from 'vitest'
import type { AttemptResult } from '../message'
import { RevisionVerifier } from './revision-verifier'

const now = new Date('2027-01-12T09:00:00Z')

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
