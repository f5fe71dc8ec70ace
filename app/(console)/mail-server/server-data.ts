import 'server-only'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** Longer names are refused; so much is shown again. */
const NAME_CHARS_SHOWN = 300

/** Whose form it is; an id that no mail server has, where the form names none. */
export function serverIn(form: FormData): string {
  const id = form.get('server')
  return typeof id === 'string' && UUID.test(id) ? id : '00000000-0000-0000-0000-000000000000'
}

export function typedName(form: FormData): string {
  const name = form.get('serverName')
  return typeof name === 'string' ? name.slice(0, NAME_CHARS_SHOWN) : ''
}
