import ipaddr from 'ipaddr.js'
import { type SearchParams, textIn } from '@/app/search-params'
import { recordOf } from '@/lib/kernel/record-of'

const FIELDS = ['address', 'login', 'sender', 'recipients', 'size'] as const
/** As typed; the size is that of the message, in MiB. */
export type SimulatorFields = Record<(typeof FIELDS)[number], string>
export type SimulatorErrors = Partial<Record<'address' | 'size' | 'recipients', true>>

const TYPED_CHARS_MAX = 4_000
const RECIPIENTS_SIMULATED_MAX = 20

/** What the address asks for, and whether it asks. */
export function readSimulation(params: SearchParams) {
  const fields = recordOf(FIELDS, (name) => textIn(params, name, TYPED_CHARS_MAX))
  const { address, login, sender, size } = fields
  const recipients = fields.recipients.split(/[\s,;]+/u).filter((part) => part !== '')
  const mebibytes = size === '' ? 0 : Number(size.replace(',', '.'))
  const errors: SimulatorErrors = {
    ...(!ipaddr.isValid(address) && { address: true }),
    ...(!(mebibytes >= 0 && mebibytes < 10_000) && { size: true }),
    ...((recipients.length === 0 || recipients.length > RECIPIENTS_SIMULATED_MAX) && { recipients: true }),
  }
  const input = { address, login, sender, recipients, sizeBytes: Math.round(mebibytes * 1024 ** 2) }
  return { fields, isAsked: params.sender !== undefined, errors, input }
}
