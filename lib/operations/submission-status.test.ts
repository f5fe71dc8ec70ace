import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createTestAuthority } from '../../tests/support/certificates'
import { SELF_MADE_FILE, submissionStatus } from './submission-status'

test('System shows the ports of the listener, and its certificate if it can be read there', async () => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'postroom-status-'))
  const place = { listen: '127.0.0.1', ports: { starttls: 587 } }
  expect(submissionStatus({ submission: null, dataDir })).toBeNull()
  const submission = { ...place, certificate: null }
  expect(submissionStatus({ submission, dataDir })).toEqual({ ...place, certificate: null, isSelfMade: true })
  const authority = await createTestAuthority()
  const { cert, key } = await authority.certify({ names: ['mail.contoso.example'] })
  const file = path.join(dataDir, SELF_MADE_FILE)
  writeFileSync(file, `${cert}\n${key}`)
  const missingIssuer = new X509Certificate(authority.certificate).subject.replaceAll('\n', ', ')
  const certificate = { subject: 'CN=mail.contoso.example', expiresAt: expect.any(Date), missingIssuer }
  expect(submissionStatus({ submission, dataDir })).toMatchObject({ certificate, isSelfMade: true })
  const withFiles = { ...place, certificate: { certFile: file, keyFile: file } }
  expect(submissionStatus({ submission: withFiles, dataDir })).toMatchObject({ certificate, isSelfMade: false })
  writeFileSync(file, `${cert}\n${authority.certificate}`)
  const whole = { certificate: { subject: 'CN=mail.contoso.example', missingIssuer: null } }
  expect(submissionStatus({ submission: withFiles, dataDir })).toMatchObject(whole)
  rmSync(file)
  execFileSync('mkfifo', [file])
  expect(submissionStatus({ submission, dataDir })).toMatchObject({ certificate: null })
  rmSync(dataDir, { recursive: true })
})
