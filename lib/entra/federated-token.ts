import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { Clock } from '../kernel/clock'
import type { AssertionFault } from '../kernel/faults'
import { Redacted } from '../kernel/redacted'
import { fail, ok, type Result } from '../kernel/result'
import { MINUTE_MS } from '../kernel/time'
import { scrub } from '../net'
import { claimsIn, instant } from './claims'

/** Tokens of platforms have one to three kilobytes. */
const FILE_BYTES_MAX = 32 * 1024
/** Entra accepts a token for this time after its expiry, and our clock may be as wrong. */
const LEEWAY_MS = 5 * MINUTE_MS
const JWT = /^[\w-]+\.[\w-]+\.[\w-]+$/

/**
 * Reads the token that the platform writes for this program, e.g. Kubernetes into a projected volume. The platform replaces it long before
 * it expires, so it is read on each call and never cached.
 */
export async function readFederatedToken(file: string, clock: Clock): Promise<Result<Redacted, AssertionFault>> {
  const read = await contentOf(file)
  if (!read.ok) return read
  const token = read.value.trim()
  const endsAt = JWT.test(token) ? instant(claimsIn(token)?.exp) : null
  if (!endsAt) return fault('secret-unreadable', `${file} holds no token with an end`)
  if (endsAt.getTime() + LEEWAY_MS < clock.now().getTime())
    return fault('assertion-time-invalid', `the token in ${file} ended at ${endsAt.toISOString()}`)
  return ok(new Redacted(token))
}

const fault = (code: AssertionFault['code'], evidence: string): Result<never, AssertionFault> =>
  fail({ kind: 'assertion', code, source: 'federated-token', evidence: scrub(evidence, []) })

async function contentOf(file: string): Promise<Result<string, AssertionFault>> {
  let handle: FileHandle | undefined
  try {
    // Without O_NONBLOCK opening a pipe in place of the file would never return.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
    if (!(await handle.stat()).isFile()) return fault('secret-unreadable', `${file} is no file`)
    const buffer = Buffer.alloc(FILE_BYTES_MAX + 1)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    if (bytesRead > FILE_BYTES_MAX) return fault('secret-unreadable', `${file} is larger than any token`)
    if (bytesRead === 0) return fault('secret-missing', `${file} is empty`)
    return ok(buffer.subarray(0, bytesRead).toString('utf8'))
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : null
    if (code === null) throw thrown
    return fault(code === 'ENOENT' ? 'secret-missing' : 'secret-unreadable', `${code} ${file}`)
  } finally {
    await handle?.close()
  }
}
