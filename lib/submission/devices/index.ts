import { z } from 'zod'
import { compareNames } from '../../kernel'
import data from './generated/devices.json'
import { type Device, deviceSchema } from './schema'

const byName = (a: Device, b: Device): number => compareNames(a.name, b.name)

/** All that `docs/devices` describes, by name. */
export const KNOWN_DEVICES: readonly Device[] = z.array(deviceSchema).parse(data).sort(byName)
