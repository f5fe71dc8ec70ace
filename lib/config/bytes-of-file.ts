import { closeSync, constants, openSync, readFileSync, readSync, statSync } from 'node:fs'

/** The bytes of a file or a pipe. A device such as /dev/zero has no end. @throws if it cannot be read or has more than `bytesMax` */
export function bytesOfFile(file: string, bytesMax: number, flags = 0): Buffer {
  const bytes = Buffer.alloc(bytesMax + 1)
  const handle = openSync(/* turbopackIgnore: true */ file, constants.O_RDONLY | flags)
  try {
    let length = 0
    for (let read = -1; read !== 0 && length < bytes.length; length += read)
      read = readSync(handle, bytes, length, bytes.length - length, null)
    if (length > bytesMax) throw new Error(`more than ${bytesMax} bytes`)
    return bytes.subarray(0, length)
  } finally {
    closeSync(handle)
  }
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
