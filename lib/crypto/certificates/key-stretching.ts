import forge from 'node-forge'

/**
 * The first byte of a tag whose number follows, which node-forge takes for the number. OpenSSL reads an INTEGER that is written so; no
 * program writes one.
 */
const LONG_TAG = 31
/** PBKDF2 runs natively: about a second. */
const ROUNDS_MAX = 2_000_000
/** Block size × cost × parallelisation, of which OpenSSL writes 131,072: half a second. */
const SCRYPT_MAX = 1_048_576

/**
 * Whether deriving the key of an encrypted PKCS #8 structure from a password blocks the process for longer than a second or two. The file
 * says how much work that is, and could say hours. Null if it is no such structure.
 */
export function isDerivationCostly(der: string): boolean | null {
  try {
    return visit(forge.asn1.fromDer(der))
  } catch {
    return null
  }
}

/** The parameters of PBKDF2, scrypt and PKCS #12 begin with the salt: `rounds`, `rounds, keyLength` or `cost, blockSize, parallelisation`. */
function visit({ type, value }: forge.asn1.Asn1): boolean {
  if (Number(type) === LONG_TAG) throw new Error('not in the short form')
  if (!Array.isArray(value)) return false
  const [salt, ...parameters] = value
  const numbers = parameters.filter(({ type }) => type === forge.asn1.Type.INTEGER).map(numberIn)
  if (salt?.type === forge.asn1.Type.OCTETSTRING && numbers[0] !== undefined) {
    const [cost, blockSize = 1n, parallelisation] = numbers
    if (parallelisation === undefined ? cost > ROUNDS_MAX : cost * blockSize * parallelisation > SCRYPT_MAX) return true
  }
  return value.some(visit)
}

const numberIn = ({ value }: forge.asn1.Asn1): bigint =>
  BigInt(`0x0${typeof value === 'string' ? Buffer.from(value, 'latin1').toString('hex') : ''}`)
