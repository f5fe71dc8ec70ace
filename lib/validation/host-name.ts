import { ok } from '../kernel'
import { DOMAIN_CHARS_MAX, normalDomain } from './domain-name'
import { requiredLine } from './text'
import { invalid, type Parsed } from './validation-error'

/** What the deployment allows in addition to the rule. A browser user cannot add to it. */
export interface HostAllowance {
  /** Host names in lower case. Networks in the same list never equal a name. */
  names: readonly string[]
  ports: readonly number[]
}
export const NOTHING_MORE: HostAllowance = { names: [], ports: [] }

/** Relay, implicit TLS, submission, and the usual second submission port. */
export const SMTP_PORTS: readonly number[] = [25, 465, 587, 2525]
/** A name whose last label reads as a number is a spelling of an IP address (WHATWG URL §3.5). */
const NUMERIC_LABEL = /^(?:\d+|0x[0-9a-f]*)$/

/** Names under which clouds give credentials to any program inside them. */
const METADATA_NAMES: ReadonlySet<string> = new Set([
  'metadata',
  'metadata.goog',
  'metadata.google.internal',
  'metadata.azure.internal',
  'metadata.azure.com',
  'metadata.tencentyun.com',
  'metadata.packet.net',
  'metadata.platformequinix.com',
  'instance-data',
  'instance-data.ec2.internal',
])
export const isMetadataName = (host: string): boolean => METADATA_NAMES.has(host)

/** The server's name. No spelling of an IP address is accepted, because certificates and the check of addresses need a name. */
export function parseSmtpHost(input: unknown, { names }: HostAllowance = NOTHING_MORE): Parsed<string> {
  const text = requiredLine(input, DOMAIN_CHARS_MAX + 1, 'host.required')
  if (!text.ok) return text
  const typed = text.value.replace(/\.$/, '')

  const url = /^[a-z][a-z0-9+.-]*:\/\/([^/?#@:]+)/i.exec(typed)
  if (url) return invalid('host.url', { suggestion: (url[1] ?? '').slice(0, 80) })
  const withPort = /^([^\s:/@]+):(\d{1,5})$/.exec(typed)
  if (withPort) return invalid('host.port', { suggestion: withPort[1] ?? '', port: withPort[2] ?? '' })
  if (typed.includes('@')) return invalid('host.userInfo')
  if (/[/\\?#]/.test(typed)) return invalid('host.path')
  if (/[[\]:]/.test(typed)) return invalid('host.literal')

  const host = normalDomain(typed)
  if (host === null) return invalid(/_/.test(typed) ? 'host.underscore' : 'host.invalid')
  const labels = host.split('.')
  if (NUMERIC_LABEL.test(labels.at(-1) ?? '')) return invalid('host.literal')
  if (names.includes(host)) return ok(host)
  if (isMetadataName(host)) return invalid('host.metadata', { host })
  if (labels.at(-1) === 'localhost') return invalid('host.localhost', { host })
  return labels.length >= 2 ? ok(host) : invalid('host.singleLabel', { host })
}

/** 25, 465, 587, 2525 and the ports that the deployment adds, so that the console cannot be used to scan ports. */
export function parseSmtpPort(input: unknown, { ports }: HostAllowance = NOTHING_MORE): Parsed<number> {
  const text = typeof input === 'string' && input.length <= 64 ? input.trim() : input
  if (text === '') return invalid('required')
  const port = typeof text === 'string' && /^[1-9]\d{0,4}$/.test(text) ? Number(text) : text
  if (typeof port !== 'number' || !Number.isInteger(port)) return invalid('port.notNumber')
  const allowed = [...SMTP_PORTS, ...ports]
  return allowed.includes(port) ? ok(port) : invalid('port.notMail', { allowed: allowed.join(', ') })
}
