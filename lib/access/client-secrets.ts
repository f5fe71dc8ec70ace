import { createHash, randomBytes, randomInt } from 'node:crypto'
import { Redacted } from '../kernel/redacted'

/** Without characters that a person confuses on a printer's panel. */
const ALPHABET = '23456789abcdefghjkmnpqrstuvwxyz'
const PASSWORD_GROUPS = 3
const GROUP_CHARS = 6
const KEY_PREFIX = 'prk_'
const KEY_BYTES = 32
/** Characters of a key that pages show, so that people can tell keys apart. */
const HINT_CHARS = 8
const KEY = /^prk_[A-Za-z0-9_-]{43}$/
const GROUP = `[${ALPHABET}]{${GROUP_CHARS}}`
const PASSWORD = new RegExp(`^${GROUP}(?:-${GROUP}){${PASSWORD_GROUPS - 1}}$`)

const group = (): string => Array.from({ length: GROUP_CHARS }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

/** 18 characters with 89 random bits, in groups that can be typed on a device; some take at most 20 characters with the hyphens. */
export const newPassword = (): Redacted => new Redacted(Array.from({ length: PASSWORD_GROUPS }, group).join('-'))

/** 256 random bits behind a prefix by which scanners for leaked secrets recognise it. */
export const newApiKey = (): Redacted => new Redacted(`${KEY_PREFIX}${randomBytes(KEY_BYTES).toString('base64url')}`)

export const isApiKey = (text: string): boolean => KEY.test(text)

export const hintOf = (key: Redacted): string => key.reveal().slice(0, HINT_CHARS)

/** Whether a text has the form of a password or key of a client. */
export const isGeneratedSecret = (text: string): boolean => isApiKey(text) || PASSWORD.test(text)

/** Generated secrets have enough random bits that a slow digest would only slow down the right caller. */
export const secretHashOf = (secret: string): string => createHash('sha256').update(secret, 'utf8').digest('hex')
