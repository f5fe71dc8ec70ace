import { randomInt } from 'node:crypto'
import type { AccountsDeps } from './deps'
import { openSealed, seal } from './sealed'

const BACKUP_CODES = 10
/** Backup codes are read from paper, so they have no characters that look alike. */
const CODE_CHARACTERS = 'abcdefghjkmnpqrstuvwxyz23456789'
/** 59 random bits. */
const CODE_LENGTH = 12

export const newBackupCodes = (): string[] => Array.from({ length: BACKUP_CODES }, backupCode)

const backupCode = (): string =>
  hyphened(Array.from({ length: CODE_LENGTH }, () => CODE_CHARACTERS[randomInt(CODE_CHARACTERS.length)]).join(''))

/** Such as `k7mq-2xpd-hw9t`. */
const hyphened = (characters: string): string => characters.replace(/.{4}(?!$)/g, '$&-')

/** As they are stored in `TwoFactor.backupCodes`. */
export const sealedCodes = (deps: Pick<AccountsDeps, 'settings'>, codes: readonly string[]): string =>
  seal(deps, JSON.stringify(codes))

/** Those that were not used yet; none if they were sealed under another session secret. */
export function openedCodes(deps: Pick<AccountsDeps, 'settings'>, sealed: string): string[] {
  const codes = openSealed(deps, sealed)
  return codes === null ? [] : JSON.parse(codes)
}

/** A backup code as it is stored, from one that was typed with capitals, without hyphens or with others. */
export const storedBackupCode = (typed: string): string => hyphened(typed.toLowerCase().replace(/[^a-z0-9]/g, ''))
