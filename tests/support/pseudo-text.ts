const ACCENTED: Record<string, string> = Object.fromEntries(
  [...'aàcçdðeéghijkïlĺnñoöpþrŕsšuüyýzž'.matchAll(/([a-z])([^a-z])/g)].flatMap(([, plain = '', accented = '']) => [
    [plain, accented],
    [plain.toUpperCase(), accented.toUpperCase()],
  ]),
)
/** How much longer a text becomes. Translations of short labels often grow by as much. */
const GROWTH = 0.4
const FILLING = 'žöñé ŕüšé þàĺéž '

/**
 * A text of the catalogue as no language has it: its letters accented, so that a text which does not come from the catalogue is obvious,
 * and 40 % longer, so that a layout that is too tight breaks. Arguments, tags and the syntax of ICU messages are kept.
 */
export function pseudoText(message: string): string {
  let [depth, length] = [0, 0]
  // Braces alternate between arguments and the texts in them.
  const pieces = message.match(/<\/?\w+>|[{}]|[^{}<]+|</g) ?? []
  const accented = pieces.map((piece) => {
    if (piece === '{') depth += 1
    else if (piece === '}') depth -= 1
    else if (depth % 2 === 0 && !piece.startsWith('<')) {
      length += piece.trim().length
      return piece.replaceAll(/[a-z]/gi, (character) => ACCENTED[character] ?? character)
    }
    return piece
  })
  const filling = FILLING.repeat(Math.ceil(length / FILLING.length)).slice(0, Math.ceil(length * GROWTH))
  return length === 0 ? message : `${accented.join('')} ${filling.trim()}`.trimEnd()
}

/** All texts of a catalogue file in that form. */
export function pseudoTexts(node: unknown): unknown {
  if (typeof node === 'string') return pseudoText(node)
  if (Array.isArray(node)) return node.map(pseudoTexts)
  return Object.fromEntries(Object.entries(node as object).map(([key, value]) => [key, pseudoTexts(value)]))
}
