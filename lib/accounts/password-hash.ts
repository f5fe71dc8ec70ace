import { hash, verify } from '@node-rs/argon2'
import { Budget } from '../kernel/budget'

/** Argon2id (the package's default kind), OWASP's first choice: 19 MiB, two passes, parallelism 1. */
const MEMORY_KIB = 19 * 1024
const PASSES = 2
const PARALLELISM = 1
const OPTIONS = { memoryCost: MEMORY_KIB, timeCost: PASSES, parallelism: PARALLELISM }

/** 4 × 19 MiB at most, however many requests arrive at once. */
const HASHES_AT_ONCE = 4
/** With more in the queue the answer would come after the person has left. */
const WAITING_MAX = 100

export class HashQueueFull extends Error {}

const hashes = new Budget(HASHES_AT_ONCE)

async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (hashes.waiting >= WAITING_MAX) throw new HashQueueFull('too many password checks are waiting')
  return hashes.using(1, work)
}

/** The same text however a keyboard composes it. */
const normalised = (password: string): string => password.normalize('NFKC')

/** In PHC form, so a later change of the parameters still reads it. */
export const hashPassword = (password: string): Promise<string> => inTurn(() => hash(normalised(password), OPTIONS))

export const verifyPassword = (phc: string, password: string): Promise<boolean> =>
  inTurn(() => verify(phc, normalised(password)).catch(() => false))

/** Whether a stored hash is weaker than a new one would be. It is replaced at the next sign-in. */
export function isWeaker(phc: string): boolean {
  const parameters = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(phc)
  return !parameters || Number(parameters[1]) < MEMORY_KIB || Number(parameters[2]) < PASSES
}

/** A hash of no password: compared for accounts that don't exist, so that they take as long as those that do. */
export const HASH_OF_NOBODY = `$argon2id$v=19$m=${MEMORY_KIB},t=${PASSES},p=${PARALLELISM}$${'A'.repeat(22)}$${'A'.repeat(43)}`
