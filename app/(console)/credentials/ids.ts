const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** A hidden field's id; what is none becomes one that nothing has, so that it is answered as gone. */
export function uuidOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' && UUID.test(value) ? value : NOBODY
}
