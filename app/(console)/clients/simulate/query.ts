import ipaddr from 'ipaddr.js'
import { type SearchParams, textIn } from '@/app/search-params'
import type { SimulatedSubmission } from '@/lib/submission/simulate'

export interface SimulatorFields {
  address: string
  login: string
  sender: string
  recipients: string
  /** Of the message, in MiB. */
  size: string
}
export type SimulatorErrors = Partial<Record<'address' | 'size' | 'recipients', true>>

const TYPED_CHARS_MAX = 4_000
const RECIPIENTS_SIMULATED_MAX = 20

/** What the address asks for. Null without a question. */
export function readSimulation(params: SearchParams): {
  fields: SimulatorFields
  isAsked: boolean
  errors: SimulatorErrors
  input: SimulatedSubmission
} {
  const typed = (name: keyof SimulatorFields): string => textIn(params, name, TYPED_CHARS_MAX)
  const fields: SimulatorFields = {
    ...{ address: typed('address'), login: typed('login'), sender: typed('sender') },
    ...{ recipients: typed('recipients'), size: typed('size') },
  }
  const recipients = fields.recipients.split(/[\s,;]+/u).filter((part) => part !== '')
  const mebibytes = fields.size === '' ? 0 : Number(fields.size.replace(',', '.'))
  return {
    fields,
    isAsked: params.sender !== undefined,
    errors: {
      ...(!ipaddr.isValid(fields.address) && { address: true }),
      ...(!(mebibytes >= 0 && mebibytes < 10_000) && { size: true }),
      ...((recipients.length === 0 || recipients.length > RECIPIENTS_SIMULATED_MAX) && { recipients: true }),
    },
    input: {
      ...{ address: fields.address, login: fields.login, sender: fields.sender, recipients },
      sizeBytes: Math.round(mebibytes * 1024 ** 2),
    },
  }
}
