const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NOBODY = '00000000-0000-0000-0000-000000000000'

/** A hidden field's id; what is none becomes one that nothing has, so that it is answered as gone. */
export function uuidOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' && UUID.test(value) ? value : NOBODY
}

/** What the database can count to, less one for the next. */
const VERSION_MAX = 2 ** 31 - 2

/** A hidden field's version; what is none becomes one that nothing has, so that it is answered as changed meanwhile. */
export function versionOf(form: FormData, name = 'version'): number {
  const value = form.get(name)
  const version = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : -1
  return version <= VERSION_MAX ? version : -1
}
