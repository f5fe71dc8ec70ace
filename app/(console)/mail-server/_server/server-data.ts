import { isUuid } from '@/lib/kernel/ids'
import 'server-only'

/** Characters of a refused name that are shown again. */
const NAME_CHARS_SHOWN = 300

const NO_SERVER_ID = '00000000-0000-0000-0000-000000000000'

/** The mail server of the form. An id that does not exist if the form names none. */
export const serverIn = (form: FormData): string => idIn(form, 'server')

/** Null if no failover server is wanted. */
export const failoverIn = (form: FormData): string | null => (form.get('backup') === '' ? null : idIn(form, 'backup'))

function idIn(form: FormData, field: string): string {
  const id = form.get(field)
  return isUuid(id) ? id : NO_SERVER_ID
}

export function typedName(form: FormData): string {
  const name = form.get('serverName')
  return typeof name === 'string' ? name.slice(0, NAME_CHARS_SHOWN) : ''
}
