import { dictionary } from '@zxcvbn-ts/language-common'

/** Some 49 000 passwords from published breaches, in the package itself: nothing is looked up on a network. */
let known: ReadonlySet<string> | null = null

export function isCommonPassword(folded: string): boolean {
  known ??= new Set(dictionary['passwords-common'].map((password) => password.toLowerCase()))
  return known.has(folded)
}
