/** Ends at a full stop outside of quotation marks, which what a server answered is in, whatever it quotes itself. */
const FIRST = /^(?:[“„].*[”“]|[^“„])+?[.!?](?=\s|$)/su

/** The first sentence of a cause, for which an answer has two lines, and the rest. */
export function firstSentence(text: string): [first: string, rest: string] {
  const first = FIRST.exec(text)?.[0] ?? text
  return [first, text.slice(first.length).trim()]
}
