import { createHash } from 'node:crypto'
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js'
import { managedNonce } from '@noble/ciphers/utils.js'
import type { SignInSettings } from './settings'

type Deps = { settings: Pick<SignInSettings, 'secret'> }

/** Stays as it is, because what is stored was sealed with it. */
const cipherOf = ({ settings }: Deps) =>
  managedNonce(xchacha20poly1305)(createHash('sha256').update(settings.secret.reveal()).digest())

/** Seals a seed, backup codes or a notice with the session secret. */
export const seal = (deps: Deps, text: string): string =>
  Buffer.from(cipherOf(deps).encrypt(Buffer.from(text))).toString('hex')

/** What was sealed with the session secret. Null if it was sealed under another one, as after a restore without that secret. */
export function openSealed(deps: Deps, sealed: string): string | null {
  try {
    return Buffer.from(cipherOf(deps).decrypt(Buffer.from(sealed, 'hex'))).toString()
  } catch {
    return null
  }
}
