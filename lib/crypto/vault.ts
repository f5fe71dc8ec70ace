import { createHmac, randomBytes } from 'node:crypto'
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, errors } from 'jose'
import { type Clock, fail, ok, type SealBinding, type SealedText, type Vault } from '../kernel'
import { deriveKey } from '../kernel/derive-key'
import { Redacted } from '../kernel/redacted'

/** `key` is base64 of 32 random bytes, which the reader of the key file has checked. */
export interface SealingKey {
  kid: string
  key: Redacted
}

const KEY_OCTETS = 32
const DIGEST_OCTETS = 16
/** Longer than any text that this vault seals. */
const SEALED_CHARS_MAX = 16_384
/** Member of the protected header that distinguishes these texts from any other JWE. */
const BINDING = 'postroom'

/** Sealing was requested although the key file is missing. Operations call `checkSealingKey` first, so this is a bug. */
class VaultWithoutKeys extends Error {
  constructor() {
    super('There is no sealing key')
  }
}

/**
 * Seals secrets as compact JWE: `dir`, `A256GCM`, a new 96-bit IV each time. The protected header names what the secret belongs to, and
 * GCM authenticates it, so that a text moved to another row or destination cannot be opened.
 *
 * @param keys the first one seals, and all of them open
 */
export function createVault(keys: readonly SealingKey[], clock: Clock): Vault {
  const ring = new Map(keys.map(({ kid, key }) => [kid, bytesOf(key)] as const))
  const current = keys[0]?.kid
  const sealing = current === undefined ? undefined : ring.get(current)
  // Forms must work without a key file too. Their digests are then valid in this process only.
  const digestKey = deriveKey(sealing ?? randomBytes(KEY_OCTETS), 'postroom digest')

  return {
    hasKey: sealing !== undefined,
    async seal(secret, binding) {
      if (current === undefined || !sealing) throw new VaultWithoutKeys()
      const header = { alg: 'dir', enc: 'A256GCM', kid: current, iat: seconds(clock), [BINDING]: headerOf(binding) }
      const sealed = await new CompactEncrypt(new TextEncoder().encode(secret.reveal()))
        .setProtectedHeader(header)
        .encrypt(sealing)
      return sealed as SealedText
    },

    async open(sealed, binding) {
      const header = headerIn(sealed)
      if (!header) return fail({ kind: 'not-openable' })
      const key = ring.get(header.kid)
      if (!key) return fail({ kind: 'key-missing', kid: header.kid })
      const context = contextOf(header.binding, binding)
      if (context === null) return fail({ kind: 'not-openable' })
      try {
        const { plaintext } = await compactDecrypt(sealed, key, {
          keyManagementAlgorithms: ['dir'],
          contentEncryptionAlgorithms: ['A256GCM'],
        })
        // The header is authenticated now, so its context is the one that was sealed.
        if (context !== binding.context) return fail({ kind: 'elsewhere', context })
        return ok(new Redacted(new TextDecoder().decode(plaintext)))
      } catch (thrown) {
        if (thrown instanceof errors.JOSEError) return fail({ kind: 'not-openable' })
        throw thrown
      }
    },

    currentKid() {
      if (current === undefined) throw new VaultWithoutKeys()
      return current
    },

    digest(text) {
      return createHmac('sha256', digestKey)
        .update(text, 'utf8')
        .digest()
        .subarray(0, DIGEST_OCTETS)
        .toString('base64url')
    },
  }
}

function bytesOf(key: Redacted): Uint8Array {
  const bytes = Buffer.from(key.reveal(), 'base64')
  if (bytes.length !== KEY_OCTETS) throw new Error(`A sealing key has ${KEY_OCTETS} bytes`)
  return new Uint8Array(bytes)
}

const seconds = (clock: Clock): number => Math.floor(clock.now().getTime() / 1000)

const headerOf = ({ purpose, rowId, context, kind }: SealBinding): string[] => [
  purpose,
  rowId,
  context,
  ...(kind ? [kind] : []),
]

/** The context that a text was sealed for, or null if it belongs to another purpose or row, or is of another kind. */
function contextOf(sealedFor: unknown, { purpose, rowId, kind }: SealBinding): string | null {
  if (!Array.isArray(sealedFor) || sealedFor.length < 3 || sealedFor.length > 4) return null
  const [sealedPurpose, sealedRow, context, sealedKind]: unknown[] = sealedFor
  if (sealedKind !== undefined && sealedKind !== kind) return null
  return sealedPurpose === purpose && sealedRow === rowId && typeof context === 'string' ? context : null
}

/** The header before it is authenticated. It only selects the key and rejects a text early. */
function headerIn(sealed: string): { kid: string; binding: unknown } | null {
  if (sealed.length > SEALED_CHARS_MAX) return null
  try {
    const header = decodeProtectedHeader(sealed)
    return typeof header.kid === 'string' ? { kid: header.kid, binding: header[BINDING] } : null
  } catch {
    return null
  }
}
