import { type SearchParams, textIn } from '@/app/search-params'
import { isUuid } from '@/lib/kernel'
import { DEVICE_KINDS, type Device } from '@/lib/submission/devices/schema'

export type DevicesQuery = ReturnType<typeof readDevicesQuery>

export const clientIn = ({ client }: SearchParams): string | null => (isUuid(client) ? client : null)

export const readDevicesQuery = (params: SearchParams) => ({
  kind: DEVICE_KINDS.find((kind) => kind === params.kind) ?? null,
  text: textIn(params, 'text'),
  /** ID of the client whose user name and sender the devices’ pages fill in. */
  client: clientIn(params),
})

/** All terms have to be in its texts, such as its name, a model in its notes or what it prints. */
export function selectedDevices(devices: readonly Device[], { kind, text }: Pick<DevicesQuery, 'kind' | 'text'>) {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean)
  return devices.filter((device) => {
    if (kind !== null && device.kind !== kind) return false
    const { name, settings, failures } = device
    const all = [name, device.kind, ...settings.path, ...settings.notes, ...settings.fields.map(({ field }) => field)]
    const searched = [...all, ...failures.map(({ prints }) => prints)].join('\n').toLowerCase()
    return terms.every((term) => searched.includes(term))
  })
}
