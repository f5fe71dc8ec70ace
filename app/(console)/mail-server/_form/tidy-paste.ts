import type { MailServerFields } from '@/lib/mail-server/form-fields'
import { type PastedValues, readBlock, tidied } from '@/lib/mail-server/paste'
import { putValue } from './put-value'

/*
 * Loaded only when something is pasted. Nothing here leaves the browser, so a secret may be put into its field. The server does the
 * same for a form without scripts (lib/mail-server/assist), except for the secret.
 */

const KINDS = { tenantId: 'id', clientId: 'id', senderAddress: 'address', clientSecret: 'secret' } as const
export type PasteField = keyof typeof KINDS
export const isPasteField = (name: string): name is PasteField => name in KINDS

/** A hint at a field: a key of the texts for pasted values. */
export type PasteHint = 'quotes' | 'around' | 'block' | 'swapped' | 'objectIdFound'
export type PasteHints = Partial<Record<PasteField, { key: PasteHint; params?: Record<string, string> }>>

type Fillable = Omit<PastedValues, 'objectId' | 'secretId'>

/** Finds a cloud by its id or name. Undefined if this console does not know it. */
export function findCloud(form: HTMLFormElement, cloud: string | undefined): string | undefined {
  const clouds = form.elements.namedItem('cloud')
  if (!(clouds instanceof HTMLSelectElement) || cloud === undefined) return undefined
  const wanted = cloud.toLowerCase()
  return [...clouds.options].find((one) => [one.value, one.text].some((it) => it.toLowerCase() === wanted))?.value
}

/** Whether a value of a block would replace another one that is entered and not saved. */
export function replacesUnsaved(form: HTMLFormElement, block: PastedValues, saved: MailServerFields): boolean {
  const entered = new FormData(form)
  return Object.entries(block).some(([name, value]) => {
    const free: unknown[] = [value, saved[name as keyof MailServerFields], '', null]
    return !free.includes(entered.get(name))
  })
}

/** Puts the values of a block into their fields. Returns the names of these fields. */
export function fillIn(form: HTMLFormElement, block: PastedValues): (keyof Fillable)[] {
  const { objectId: _, secretId: __, ...values } = block
  if (values.clientSecret) putValue(form, 'clientSecretChange', 'replace')
  const cloudId = findCloud(form, values.cloud)
  if (cloudId === undefined) delete values.cloud
  else values.cloud = cloudId
  for (const [name, value] of Object.entries(values)) putValue(form, name, value)
  return Object.keys(values) as (keyof Fillable)[]
}

/**
 * Tidies what was pasted into one field.
 *
 * @param before the previous value of the field, which replaces a pasted block
 * @param saved the saved IDs, by which swapped ones are recognised
 */
export function tidyPaste(
  form: HTMLFormElement,
  field: PasteField,
  { text, before, saved }: { text: string; before: string; saved: Pick<MailServerFields, 'tenantId' | 'clientId'> },
): PasteHints {
  const block = readBlock(text)
  if (block && (Object.keys(block).length > 1 || block[field] === undefined)) {
    putValue(form, field, before)
    fillIn(form, block)
    return {
      [field]: block.objectId ? { key: 'objectIdFound', params: { objectId: block.objectId } } : { key: 'block' },
    }
  }
  const kind = KINDS[field]
  if (kind === 'secret') return {}
  const value = fieldValue(form, field)
  const tidy = tidied(kind, value)
  const hints: PasteHints = {}
  if (tidy.toLowerCase() !== value.trim().toLowerCase()) {
    putValue(form, field, tidy)
    hints[field] = { key: /[\u2018-\u201e"']/.test(value) ? 'quotes' : 'around' }
  }
  return areSwapped(form, saved) ? { ...hints, ...switchBack(form, saved) } : hints
}

function fieldValue(form: HTMLFormElement, name: PasteField): string {
  const input = form.elements.namedItem(name)
  return input instanceof HTMLInputElement ? input.value : ''
}

type SavedIds = Pick<MailServerFields, 'tenantId' | 'clientId'>

function areSwapped(form: HTMLFormElement, { tenantId, clientId }: SavedIds): boolean {
  const [tenant, client] = [fieldValue(form, 'tenantId'), fieldValue(form, 'clientId')].map((id) =>
    id.trim().toLowerCase(),
  )
  return tenantId !== '' && clientId !== '' && tenant === clientId && client === tenantId
}

function switchBack(form: HTMLFormElement, { tenantId, clientId }: SavedIds): PasteHints {
  putValue(form, 'tenantId', tenantId)
  putValue(form, 'clientId', clientId)
  return { tenantId: { key: 'swapped' } }
}
