// Writes what lib/submission/devices reads from docs/devices/*.yaml, so that the product reads no YAML. `npm run setup` runs it.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { parse } from 'yaml'
import { type Device, deviceSchema } from '../lib/submission/devices/schema'

const root = path.resolve(import.meta.dirname, '..')
const folder = path.join(root, 'docs/devices')
export const DEVICES_FILE = path.join(root, 'lib/submission/devices/generated/devices.json')

/** The files of `docs/devices` in the order of their names. Throws at the first that does not fit the schema. */
export function readDevices(): { file: string; device: Device }[] {
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'))
  return files.sort().map((file) => {
    try {
      return { file, device: deviceSchema.parse(parse(readFileSync(path.join(folder, file), 'utf8'))) }
    } catch (error) {
      throw new Error(`${file} is not valid`, { cause: error })
    }
  })
}

/** The text of `devices.json`. */
export const devicesJson = (): string =>
  `${JSON.stringify(
    readDevices().map(({ device }) => device),
    null,
    1,
  )}\n`

if (process.argv[1] === import.meta.filename) {
  mkdirSync(path.dirname(DEVICES_FILE), { recursive: true })
  writeFileSync(DEVICES_FILE, devicesJson())
}
