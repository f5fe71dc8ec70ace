import forge from 'node-forge'

/**
 * Windows, OpenSSL and macOS write some 2000 rounds, Java 10,000. PKCS #12's own derivation runs in JavaScript here, where these take
 * about a second that nobody else is served in; a file that asks for billions would take hours.
 */
const SLOW_ROUNDS_MAX = 20_000
/** PBKDF2 with a digest of its own runs natively. */
const ROUNDS_MAX = 2_000_000
const DEPTH_MAX = 24
/** Octet strings hold further structures; a random one that happens to parse is small. */
const NODES_MAX = 20_000

/** Whether any password derivation in this structure asks for more rounds than anybody needs. */
export function wantsTooManyRounds(der: forge.util.ByteStringBuffer | string): boolean {
  let nodes = 0
  return visit(parsed(der), 0)

  function visit(node: forge.asn1.Asn1 | null, depth: number): boolean {
    nodes += 1
    if (!node) return false
    if (depth > DEPTH_MAX || nodes > NODES_MAX) return true
    const children = childrenOf(node)
    // MacData and PKCS #12's own parameters end with their rounds; PBKDF2's go on with its digest.
    const most = children.length <= 3 && isRounds(children.at(-1), children.at(-2), 0) ? SLOW_ROUNDS_MAX : ROUNDS_MAX
    return children.some((child, at) => isRounds(child, children[at - 1], most) || visit(child, depth + 1))
  }
}

function childrenOf(node: forge.asn1.Asn1): (forge.asn1.Asn1 | null)[] {
  if (Array.isArray(node.value)) return node.value
  return node.type === forge.asn1.Type.OCTETSTRING && typeof node.value === 'string' ? [parsed(node.value)] : []
}

/** Every derivation names its rounds right after its salt. */
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
