import { uuidOf } from '@/app/_form/fields'
import { textOf } from '@/app/_form/outcome'
import 'server-only'

/** Characters of a refused name that are shown again. */
const NAME_CHARS_SHOWN = 300

/** The mail server of the form. An id that does not exist if the form names none. */
export const serverIn = (form: FormData): string => uuidOf(form, 'server')

/** Null if no failover server is wanted. */
export const failoverIn = (form: FormData): string | null => (form.get('backup') === '' ? null : uuidOf(form, 'backup'))

export const typedName = (form: FormData): string => textOf(form, 'serverName').slice(0, NAME_CHARS_SHOWN)
