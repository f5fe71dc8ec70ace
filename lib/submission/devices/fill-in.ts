import type { Client } from '../client'
import { type Entrance, openPorts, type Ports } from '../entrance'
import { senderFor } from '../set-up-card'
import { type Device, PLACEHOLDERS, type Placeholder } from './schema'

/** A piece of a value: text, or something that the reader has to know. */
export type Piece = string | { placeholder: Placeholder }

export interface FilledField {
  field: string
  pieces: readonly Piece[]
}

export type Known = Partial<Record<Placeholder, string>>

/** What is known of a client. Its password is not. */
export const knownOf = (client: Pick<Client, 'login' | 'senders'>): Known => ({
  ...(client.login !== null && { login: client.login }),
  sender: senderFor(client),
})

const PLACEHOLDER = new RegExp(`(\\{(?:${PLACEHOLDERS.join('|')})\\})`)

/**
 * The ports that are on and that the device can use, the best one first: encryption that it has, encryption that it may have, and
 * at the end the port without encryption and login.
 */
export function entrancesOf({ supports, settings }: Pick<Device, 'supports' | 'settings'>, ports: Ports) {
  const encrypted = (['starttls', 'tls'] as const).filter(
    (entrance) => supports[entrance] !== 'no' && (supports[entrance] !== 'unknown' || hasValueFor(settings, entrance)),
  )
  const certain = encrypted.filter((entrance) => supports[entrance] !== 'unknown')
  const uncertain = encrypted.filter((entrance) => !certain.includes(entrance))
  return openPorts(ports, [...certain, ...uncertain, 'plain'])
}

/** A device of which nothing is known about an encryption has no value for it either. */
const hasValueFor = ({ fields }: Device['settings'], entrance: Entrance): boolean =>
  fields.some(({ value }) => typeof value === 'object' && value[entrance] !== undefined)

/** What to enter on a kind of port, field by field. A field without a value for it is left out. */
export function fieldsFor({ settings }: Pick<Device, 'settings'>, entrance: Entrance, known: Known): FilledField[] {
  return settings.fields.flatMap(({ field, value }) => {
    const text = typeof value === 'string' ? value : value[entrance]
    return text === undefined ? [] : [{ field, pieces: piecesOf(text, known) }]
  })
}

/** Known values are filled in. Adjacent texts stay one piece, so that a value can be copied as a whole. */
function piecesOf(text: string, known: Known): Piece[] {
  const pieces: Piece[] = []
  for (const part of text.split(PLACEHOLDER).filter(Boolean)) {
    const placeholder = PLACEHOLDERS.find((name) => part === `{${name}}`)
    const piece = placeholder === undefined ? part : (known[placeholder] ?? { placeholder })
    const last = pieces.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') pieces[pieces.length - 1] = last + piece
    else pieces.push(piece)
  }
  return pieces
}
