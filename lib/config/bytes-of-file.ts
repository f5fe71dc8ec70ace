import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs'

/** The bytes of a file or a pipe. A device such as /dev/zero has no end. @throws if it cannot be read or has more than `bytesMax` */
export const bytesOf = (place: string, bytesMax: number): Buffer =>
  opened(place, 0, (handle) => bytesIn(handle, bytesMax))

/** As `bytesOf`, for what must be a file. Without O_NONBLOCK opening a FIFO would wait for its writer. @throws also if it is no file */
export const bytesOfFile = (file: string, bytesMax: number, flags = 0): Buffer =>
  opened(file, constants.O_NONBLOCK | flags, (handle) => {
    if (!fstatSync(handle).isFile()) throw new Error('it is not a file')
    return bytesIn(handle, bytesMax)
  })

function opened<T>(place: string, flags: number, use: (handle: number) => T): T {
  const handle = openSync(/* turbopackIgnore: true */ place, constants.O_RDONLY | flags)
  try {
    return use(handle)
  } finally {
    closeSync(handle)
  }
}

function bytesIn(handle: number, bytesMax: number): Buffer {
  const bytes = Buffer.alloc(bytesMax + 1)
  let length = 0
  for (let read = -1; read !== 0 && length < bytes.length; length += read)
    read = readSync(handle, bytes, length, bytes.length - length, null)
  if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
  return bytes.subarray(0, length)
}

/** Dozens of certificates, with a key. OpenSSL works on ten thousand for more than a second, in which nothing else runs. */
const PEM_BYTES_MAX = 65_536

/** The text of a PEM file. Reading a FIFO would wait for its writer. @throws if it is no file, too large or cannot be read */
export function pemOfFile(file: string): string {
  const entry = statSync(/* turbopackIgnore: true */ file)
  if (!entry.isFile()) throw new Error(`${file} is not a file`)
  if (entry.size > PEM_BYTES_MAX) throw new Error(`${file} has more than ${PEM_BYTES_MAX} bytes`)
  return readFileSync(/* turbopackIgnore: true */ file, 'utf8')
}
