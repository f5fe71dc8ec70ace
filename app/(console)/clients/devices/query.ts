import { DEVICES_PATH, withQuery } from '@/app/paths'
import { DEVICE_KINDS, type Device, type DeviceKind } from '@/lib/submission/devices/schema'

export interface DevicesQuery {
  kind: DeviceKind | null
  text: string
}

/** What the address asks for. Anything else in it is left out. */
export const readDevicesQuery = (params: Readonly<Record<string, string | string[] | undefined>>): DevicesQuery => ({
  kind: DEVICE_KINDS.find((kind) => kind === params.kind) ?? null,
  text: typeof params.text === 'string' ? params.text.trim().slice(0, 200) : '',
})

export const queryOf = ({ kind, text }: DevicesQuery) => ({ kind, text: text || null })

export const devicesHref = (query: DevicesQuery) => withQuery(DEVICES_PATH, queryOf(query))

/** All terms have to be in its texts, such as its name, its kind's code or what it prints. */
export function selectedDevices(devices: readonly Device[], { kind, text }: DevicesQuery): Device[] {
  const terms = text.toLowerCase().split(/\s+/).filter(Boolean)
  return devices.filter((device) => {
    if (kind !== null && device.kind !== kind) return false
    const { name, settings, failures } = device
    const all = [name, device.kind, ...settings.path, ...settings.fields.map(({ field }) => field)]
    const searched = [...all, ...failures.map(({ prints }) => prints)].join('\n').toLowerCase()
    return terms.every((term) => searched.includes(term))
  })
}
