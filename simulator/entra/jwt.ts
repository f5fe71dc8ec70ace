import { constants, type KeyObject, verify } from 'node:crypto'

/** A parsed JSON Web Token whose signature is not verified. */
export interface Jwt {
  head: Record<string, unknown>
  claims: Record<string, unknown>
  signed: Buffer
  signature: Buffer
}

/** Null if it is no token. Padding with `=` is rejected, as Microsoft does. */
export function readJwt(text: string): Jwt | null {
  const [head = '', claims = '', signature = '', more] = text.split('.')
  if (more !== undefined || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(text)) return null
  try {
    const read = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as Record<string, unknown>
    const [first, second] = [read(head), read(claims)]
    if (typeof first !== 'object' || first === null || typeof second !== 'object' || second === null) return null
    return {
      head: first,
      claims: second,
      signed: Buffer.from(`${head}.${claims}`),
      signature: Buffer.from(signature, 'base64url'),
    }
  } catch {
    return null
  }
}

export const ALGORITHMS = ['RS256', 'PS256']

/** Verifies with the algorithm of the header. A key of another type never verifies. */
export function signatureHolds({ head, signed, signature }: Jwt, key: KeyObject): boolean {
  if (!ALGORITHMS.includes(String(head.alg)) || key.asymmetricKeyType !== 'rsa') return false
  const padding =
    head.alg === 'PS256'
      ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : { padding: constants.RSA_PKCS1_PADDING }
  return verify('sha256', signed, { key, ...padding }, signature)
}
