import { isUuid } from '@/lib/kernel/ids'
import 'server-only'

/** Longer names are refused; so much is shown again. */
const NAME_CHARS_SHOWN = 300

const NOBODY = '00000000-0000-0000-0000-000000000000'

/** Whose form it is; an id that no mail server has, where the form names none. */
export const serverIn = (form: FormData): string => idIn(form, 'server')

/** Null: none is wanted. */
export const failoverIn = (form: FormData): string | null => (form.get('backup') === '' ? null : idIn(form, 'backup'))

function idIn(form: FormData, field: string): string {
  const id = form.get(field)
  return isUuid(id) ? id : NOBODY
}

export function typedName(form: FormData): string {
  const name = form.get('serverName')
  return typeof name === 'string' ? name.slice(0, NAME_CHARS_SHOWN) : ''
}
