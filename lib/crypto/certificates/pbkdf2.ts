import { pbkdf2Sync } from 'node:crypto'
import forge from 'node-forge'

/**
 * PBES2 derives its key from the password in UTF-8 (RFC 8018), the schemes of PKCS #12 from UTF-16 (RFC 7292 B.1). node-forge gives both
 * the same string and takes one byte of each character for PBES2, so a password outside ASCII does not open a modern file.
 * Node.js encodes a string as UTF-8 and runs natively, while the loop of node-forge would block the process for seconds.
 */
export function installNativePbkdf2(): void {
  Object.assign(forge.pkcs5, { pbkdf2 })
}

function pbkdf2(password: string, salt: string, rounds: number, bytes: number, digest?: forge.md.MessageDigest) {
  const name = digest?.algorithm ?? 'sha1'
  return pbkdf2Sync(password, Buffer.from(salt, 'latin1'), rounds, bytes, name).toString('latin1')
}
