import { describe, expect, test } from 'vitest'
import type { RotationWay } from '@/lib/credentials/rotation/rotation'
import type { Rotation } from '@/lib/credentials/store/rotations'
import type { CredentialView } from '@/lib/credentials/views'
import { translatorFor } from '@/lib/i18n/translations'
import { aCredential } from '@/tests/support/credential'
import { kindsOf, type Stage, stageText } from './stage'

const now = new Date('2026-11-27T12:00:00Z')
const secret = (slot: CredentialView['slot']) => aCredential({ slot })
const certificate = (slot: CredentialView['slot']) => aCredential({ kind: 'certificate', slot, createdAt: now })

function text(next: CredentialView, way: RotationWay, nextAttemptAt = new Date('2026-11-27T12:01:00Z')): string {
  const view = secret('current')
  const { mailServer } = view
  const slots = {
    mailServer: { ...mailServer, version: 1, host: null },
    previous: [],
    current: view,
    next,
    rotation: { way, step: 'added', nextAttemptAt } as Rotation,
  }
  return stageText({ stage: 'settling', view, slots, now, t: translatorFor('en', 'credentials') })
}

describe('a certificate that Entra does not know yet', () => {
  test('may still have to be uploaded', () => {
    expect(text(certificate('next'), 'certificate-upload')).toContain('If you have not uploaded it yet')
  })
  test('is already there if the console added it at Microsoft', () => {
    const added = text(certificate('next'), 'certificate-proof')
    expect(added).toContain('Entra does not know the new certificate yet.')
    expect(added).not.toContain('upload')
  })
})

test('a secret that was typed says that a mistyped one looks the same, and one that the console made does not', () => {
  expect(text(secret('next'), 'typed')).toMatch(/until .+ A mistyped value looks the same until then\.$/)
  expect(text(secret('next'), 'graph')).not.toContain('mistyped')
})

test('a test whose time has just come is repeated now', () => {
  expect(text(secret('next'), 'typed', new Date('2026-11-27T11:59:40Z'))).toContain('Postroom tries again now,')
})

test.each([
  ['add', secret('current'), null, [], 'client-secret', 'client-secret'],
  ['upload', secret('current'), certificate('next'), [], 'certificate', 'client-secret'],
  ['current', secret('current'), certificate('next'), [secret('previous')], 'certificate', 'client-secret'],
  ['remove', certificate('current'), null, [secret('previous')], 'certificate', 'client-secret'],
  ['fallback', certificate('current'), null, [secret('previous')], 'certificate', 'client-secret'],
  // It is replaced once more, so the one in use is removed next.
  ['add', certificate('current'), null, [secret('previous')], 'certificate', 'certificate'],
] as const satisfies readonly [Stage, ...unknown[]][])(
  'in the stage %s the steps name the kind that is added and the kind that is removed',
  (stage, view, next, previous, added, removed) => {
    const slots = { next, previous: [...previous] } as unknown as Parameters<typeof kindsOf>[0]['slots']
    expect(kindsOf({ view, slots, stage })).toEqual({ added, removed })
  },
)
