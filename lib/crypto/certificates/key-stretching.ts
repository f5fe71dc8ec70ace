import forge from 'node-forge'

/**
 * Windows, OpenSSL and macOS write some 2000 rounds, Java 10,000. The derivation of PKCS #12 runs in JavaScript here, where 20,000 rounds
 * block the process for about a second; a file that specifies billions would block it for hours.
 */
const SLOW_ROUNDS_MAX = 20_000
/** PBKDF2 runs natively. */
const ROUNDS_MAX = 2_000_000
const DEPTH_MAX = 24
/** Octet strings contain further structures. A random string that happens to parse is small. */
const NODES_MAX = 20_000

/** Whether any password derivation in this structure specifies more rounds than we accept. */
export function wantsTooManyRounds(der: forge.util.ByteStringBuffer | string): boolean {
  let nodes = 0
  return visit(parsed(der), 0)

  function visit(node: forge.asn1.Asn1 | null, depth: number): boolean {
    nodes += 1
    if (!node) return false
    if (depth > DEPTH_MAX || nodes > NODES_MAX) return true
    const children = childrenOf(node)
    // The rounds are the last value of MacData and of PKCS #12 parameters. In PBKDF2 parameters the digest follows.
    const most = children.length <= 3 && isRounds(children.at(-1), children.at(-2), 0) ? SLOW_ROUNDS_MAX : ROUNDS_MAX
    return children.some((child, at) => isRounds(child, children[at - 1], most) || visit(child, depth + 1))
  }
}

function childrenOf(node: forge.asn1.Asn1): (forge.asn1.Asn1 | null)[] {
  if (Array.isArray(node.value)) return node.value
  return node.type === forge.asn1.Type.OCTETSTRING && typeof node.value === 'string' ? [parsed(node.value)] : []
}

/** In every derivation the rounds follow the salt. */
function isRounds(
  node: forge.asn1.Asn1 | null | undefined,
  before: forge.asn1.Asn1 | null | undefined,
  moreThan: number,
): boolean {
  if (node?.type !== forge.asn1.Type.INTEGER || before?.type !== forge.asn1.Type.OCTETSTRING) return false
  if (typeof node.value !== 'string') return false
  const hex = Buffer.from(node.value, 'latin1').toString('hex')
  return hex !== '' && BigInt(`0x${hex}`) > BigInt(moreThan)
}

function parsed(der: forge.util.ByteStringBuffer | string): forge.asn1.Asn1 | null {
  try {
    return forge.asn1.fromDer(der)
  } catch {
    return null
  }
}
