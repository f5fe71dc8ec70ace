import { expect, test } from 'vitest'
import { piecesOf, repositoryFiles, textOf } from './support/source-text'

const SOURCE = /\.(tsx?|mjs|mts)$/
/** The glossary names the retired terms; generated lists are not ours. */
const DOCUMENT = /^(?!docs\/glossary\.md$).*\.md$/
const SCHEMA = 'prisma/schema.prisma'
const TEST_FILE = /\.(test|spec)\.tsx?$/

/** Words that the glossary retired, as a part of an identifier. */
const RETIRED_PART =
  /^(rooms?|told|wiring|wired|outward|lanes?|carrier|standings?|settles?|settled|settlement|settling|complain|complaints?|doer|herald|sieve|pen|keepable|proven|proves?|proofs?|former|tries|letters?|pace[ds]?|permits?|words?|clockwork|doors?|meanwhile|anew|hurry|hurried|whoever|somebody)$/
/** Identifiers that say nothing about what they name. */
const RETIRED_IDENTIFIER =
  /^(asked|given|found|kept|posted|shown|listed|made|others|taken|seen|goOn\w*|giveUp\w*|givenUp\w*|lookAfter\w*|keepHouse\w*|tryOut\w*|workAgain|bringAlong|standIn\w*|standsIn|standOf|stand|nextTry\w*)$/
/** A text of the command line, of a log message or of a page of the simulator, and not a key or a name. */
const SENTENCE = /\p{L}+ \p{L}+ \p{L}+/u
/** Words and turns of phrase that docs/glossary.md retired, in comments, sentences, titles of tests and documents. */
const RETIRED_TEXT =
  /\b(whoever|anew|meanwhile|by itself|by themselves|goes on|go on with|so many|so already|stood|heals?|serves on|mails|is told|are told|was told|be told|tells|mend(?:s|ed)?|former|stands in|stand in|stands|at hand|as whom|somebody|nobody|becomes of|in force|of its own|of their own|beside|the other side|rooms?|wiring|lanes?|standing|settle[ds]?|settling|complaints?|proven|proof|herald|sieve|letter|permits?|doer)\b|\b[Nn]ull: (?:it|they)\b|\bNull: /gi

/**
 * Where a retired word is the right one: Microsoft's own name for something, or an ordinary sense of the word.
 */
const ALLOWED: readonly (readonly [file: RegExp, term: RegExp])[] = [
  // A function of the library that reads messages.
  [/^lib\/submission\/(author|intake)\.ts$/, /^decodeWords$/],
  // A parameter of `addKey` and `removeKey` in Microsoft Graph.
  [/^simulator\/|^lib\/(entra|credentials)\/|^docs\/|^tests\/support\/rotation/, /proof/i],
  // The answer of a diagnosis to "try again?", which is a contract of the JSON.
  [/^lib\/(kernel\/diagnosis-code|diagnosis\/)|^docs\/faults\//, /^settling$/],
  // A key of audit entries that are stored.
  [/^lib\/credentials\/rotation\//, /^former$/],
  // A mailbox of the simulator, and the choice of a client's form that the document names.
  [/^simulator\/README\.md$|^docs\/alerts\.md$/, /^nobody$/i],
  // Tables of an older version.
  [/^tests\/upgrade\.test\.ts$/, /^(SettlingRetry|Permit)$/],
  // The changelog names what was renamed.
  [/^CHANGELOG\.md$/, /proven/i],
  [/./, /password|keyword|^allSettled$/i],
]

/** All sources are read, for which a machine with other work has taken more than ten times as long as an idle one. */
const BUSY_MS = 120_000

const partsOf = (identifier: string): string[] =>
  identifier.split(/_|(?<=[a-z])(?=[A-Z])/).map((part) => part.toLowerCase())

/** The same few thousand identifiers come again and again. */
const answers = new Map<string, boolean>()
function isRetired(identifier: string): boolean {
  const known = answers.get(identifier)
  if (known !== undefined) return known
  const answer = RETIRED_IDENTIFIER.test(identifier) || partsOf(identifier).some((part) => RETIRED_PART.test(part))
  answers.set(identifier, answer)
  return answer
}

function termsInSource(file: string): string[] {
  return piecesOf(textOf(file)).flatMap(({ kind, text }) => {
    if (kind === 'identifier') return isRetired(text) ? [text] : []
    const isRead =
      kind === 'comment' || (TEST_FILE.test(file) ? kind === 'title' : kind === 'string' && SENTENCE.test(text))
    return isRead ? (text.match(RETIRED_TEXT) ?? []) : []
  })
}

/** A term where it should not be, as `file: term`. */
function retiredTerms(): string[] {
  const occurrences = [
    ...repositoryFiles(SOURCE).flatMap((file) => termsInSource(file).map((term) => ({ file, term }))),
    ...repositoryFiles(SOURCE).flatMap((file) =>
      file
        .split(/\W+/)
        .filter((term) => RETIRED_PART.test(term))
        .map((term) => ({ file, term })),
    ),
    ...repositoryFiles(DOCUMENT).flatMap((file) =>
      (textOf(file).match(RETIRED_TEXT) ?? []).map((term) => ({ file, term })),
    ),
    // Values in code marks are a contract.
    ...(
      textOf(SCHEMA)
        .replace(/`[^`]*`/g, '')
        .match(RETIRED_TEXT) ?? []
    ).map((term) => ({ file: SCHEMA, term })),
  ]
  return occurrences
    .filter(({ file, term }) => !ALLOWED.some((allowed) => allowed[0].test(file) && allowed[1].test(term)))
    .map(({ file, term }) => `${file}: ${term}`)
}

test(
  'retired terms of docs/glossary.md are in no identifier, comment, sentence, title of a test or document',
  () => {
    expect(retiredTerms()).toEqual([])
  },
  BUSY_MS,
)

test.each([
  ['an identifier', 'const mailRoom = 1', ['mailRoom']],
  ['a name that says nothing', 'const told = 1', ['told']],
  ['a comment', '// Whoever saves meanwhile wins.', ['Whoever', 'meanwhile']],
])('the test sees a retired term in %s', (_, source, terms) => {
  const occurrences = piecesOf(source).flatMap(({ kind, text }) => {
    if (kind === 'identifier') return partsOf(text).some((part) => RETIRED_PART.test(part)) ? [text] : []
    return text.match(RETIRED_TEXT) ?? []
  })
  expect(occurrences).toEqual(terms)
})
